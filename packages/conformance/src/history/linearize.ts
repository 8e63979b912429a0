import { ABSENT, type Register, type Step, UNSEEN } from './register.ts';

export type Verdict =
  | { readonly order: 'exists' }
  /** No order explains the history up to the end of this step, when the other one has still to find what it found. */
  | { readonly order: 'none'; readonly step: Step; readonly other: Step | undefined }
  /** The search was given up at the end of this step, after so many configurations. */
  | { readonly order: 'undecided'; readonly step: Step };

/** One way in which things may stand. */
interface Configuration {
  readonly state: number;
  /** The steps, by index, that were taken and have not ended yet. */
  readonly taken: readonly number[];
  /** How many spare writes without a guard were taken. The fewer the better, all else being equal. */
  readonly blind: number;
  /** How many spare writes that create the document were taken; counted only where it may be absent again. */
  readonly creations: number;
}

/**
 * Whether the steps of a register can be put in one order that keeps their times and in which each finds what it found. Goes
 * through the history with all configurations that are possible so far, by the just-in-time linearization of Lowe ("Testing
 * for linearizability", 2017): a write is taken no earlier than the end of some step demands it, a read or a refusal as soon
 * as the state fits, since that changes nothing. As every value is written once, no state is left that some step has still to find.
 * @param limit configurations that may be looked at
 */
export function linearize(register: Register, limit: number): Verdict {
  const search = new Search(register);
  for (const { index, begins } of inOrder(register.steps)) {
    const before = search.configurations;
    if (begins) search.begin(index);
    else search.end(index);
    const step = register.steps[index] as Step;
    if (search.looked > limit) return { order: 'undecided', step };
    if (search.configurations.length > 0) continue;
    const states = before.map(({ state }) => state);
    const open = register.steps.filter((other) => other !== step && other.end >= step.end);
    return { order: 'none', step, other: open.find((other) => states.includes(needOf(other) ?? UNSEEN)) };
  }
  return { order: 'exists' };
}

class Search {
  configurations: readonly Configuration[] = [{ state: ABSENT, taken: [], blind: 0, creations: 0 }];
  looked = 0;
  readonly #register: Register;
  /** In the order of their begins. */
  readonly #pending: number[] = [];
  /** By value: how many steps that must find it have not ended. */
  readonly #needed = new Map<number, number>();

  constructor(register: Register) {
    this.#register = register;
    for (const step of register.steps) this.#need(step, 1);
  }

  begin(index: number): void {
    this.#pending.push(index);
    const step = this.#step(index);
    if (step.type === 'write') return;
    this.configurations = this.configurations.map((each) => (fits(step, each.state) ? take(each, index) : each));
  }

  /** Keeps the configurations in which this step was taken, after whatever had to be taken before it. */
  end(index: number): void {
    const step = this.#step(index);
    this.configurations = this.#after(index, step.end);
    this.#pending.splice(this.#pending.indexOf(index), 1);
    this.#need(step, -1);
  }

  #after(index: number, place: number): readonly Configuration[] {
    const [only, another] = this.configurations;
    if (another === undefined && only?.taken.includes(index)) {
      this.looked += 1;
      return [drop(only, index)];
    }
    const next = new Fewest();
    const seen = new Fewest();
    const open: Configuration[] = [];
    const visit = (configuration: Configuration) => {
      this.looked += 1;
      if (configuration.taken.includes(index)) next.add(drop(configuration, index));
      else if (seen.add(configuration)) open.push(configuration);
    };
    for (const configuration of this.configurations) visit(configuration);
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      for (const moved of this.#moves(one, place)) visit(moved);
    }
    return next.all;
  }

  *#moves(from: Configuration, place: number): Generator<Configuration> {
    const { state, taken } = from;
    const recurs = state === ABSENT && this.#register.emptied;
    const needed = recurs || state === UNSEEN ? 0 : this.#neededStill(state, taken);
    let refusals = false;
    for (const index of this.#pending) {
      if (taken.includes(index)) continue;
      const { type, value, after } = this.#step(index);
      if (type === 'refusal') refusals = true;
      // A guarded write is itself one of those that need the state.
      if (type !== 'write' || (after === undefined ? needed > 0 : after !== state || needed > 1)) continue;
      yield this.#move({ ...from, taken: [...taken, index] }, value);
    }
    // What nobody saw is of use only to a refusal, which otherwise would find the value that it must not find.
    if (!refusals || needed > 0) return;
    // One that lands on this state alone is of less use elsewhere than one that lands on any: it goes first.
    if (this.#spare(state, place) > (recurs ? from.creations : 0))
      yield this.#move(recurs ? { ...from, creations: from.creations + 1 } : from, UNSEEN);
    else if (this.#spare(undefined, place) > from.blind) yield this.#move({ ...from, blind: from.blind + 1 }, UNSEEN);
  }

  /** The state changes; then all that was waiting for it is taken. */
  #move(from: Configuration, state: number): Configuration {
    const waited = this.#pending.filter((index) => !from.taken.includes(index) && fits(this.#step(index), state));
    return { ...from, state, taken: [...from.taken, ...waited].sort((a, b) => a - b) };
  }

  /** How many spare writes with this guard were called before this place. */
  #spare(guard: number | undefined, place: number): number {
    const begins = this.#register.spare.get(guard);
    if (begins === undefined) return 0;
    const later = begins.findIndex((begin) => begin > place);
    return later === -1 ? begins.length : later;
  }

  #neededStill(state: number, taken: readonly number[]): number {
    const open = this.#needed.get(state) ?? 0;
    return open === 0 ? 0 : open - taken.filter((index) => needOf(this.#step(index)) === state).length;
  }

  #need(step: Step, change: number): void {
    const need = needOf(step);
    if (need !== undefined) this.#needed.set(need, (this.#needed.get(need) ?? 0) + change);
  }

  #step(index: number): Step {
    return this.#register.steps[index] as Step;
  }
}

/** Configurations; of those that differ only in it, the one with the fewest blind writes. */
class Fewest {
  readonly #byKey = new Map<string, Configuration>();

  /** Whether it was better than what is there. */
  add(configuration: Configuration): boolean {
    const { state, taken, creations, blind } = configuration;
    const key = `${state} ${creations} ${taken.join(' ')}`;
    const known = this.#byKey.get(key);
    if (known !== undefined && known.blind <= blind) return false;
    this.#byKey.set(key, configuration);
    return true;
  }

  get all(): readonly Configuration[] {
    return [...this.#byKey.values()];
  }
}

function take(configuration: Configuration, index: number): Configuration {
  return { ...configuration, taken: [...configuration.taken, index].sort((a, b) => a - b) };
}

function drop(configuration: Configuration, index: number): Configuration {
  return { ...configuration, taken: configuration.taken.filter((each) => each !== index) };
}

/** The step can be taken in this state and leaves it as it is. */
function fits({ type, value, after }: Step, state: number): boolean {
  return type === 'read' ? value === state : type === 'refusal' && after !== state;
}

/** The state that a step must find. */
function needOf({ type, value, after }: Step): number | undefined {
  return type === 'read' ? value : type === 'write' ? after : undefined;
}

/** Begins and ends by place; at one place what begins is in time for what ends. A step without an end is not asked for. */
function* inOrder(steps: readonly Step[]): Generator<{ readonly index: number; readonly begins: boolean }> {
  // A number for each, because to sort objects took most of the time of a short history. Places begin at -1.
  const marks = new Float64Array(2 * steps.length);
  for (const [index, { begin, end }] of steps.entries()) {
    marks[2 * index] = (begin + 1) * 2 * steps.length + index;
    marks[2 * index + 1] = ((end + 1) * 2 + 1) * steps.length + index;
  }
  for (const mark of marks.sort()) {
    if (mark === Number.POSITIVE_INFINITY) return;
    yield { index: mark % steps.length, begins: Math.floor(mark / steps.length) % 2 === 0 };
  }
}
