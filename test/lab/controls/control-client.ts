import { setTimeout as sleep } from 'node:timers/promises';
import type { Value } from '@tenure/conformance';
import { DcsError } from '@tenure/core';
import { hostNow } from '../../clients/host-now.ts';
import { Acts } from '../client/acts.ts';
import { ClientClock } from '../client/client-clock.ts';
import { ofRaw } from '../client/documents.ts';
import type { Journal } from '../client/journal.ts';
import type { Contestant, ContestantOrder, Kind } from '../client/kinds.ts';
import { Operations } from '../client/operations.ts';
import type { ClientSpec } from '../client/spec.ts';
import { type Connected, connectStore } from '../client/store.ts';
import type { Competitor, Contest, Control } from './control.ts';
import { leaderElection } from './leader-election.ts';
import { storeRegister } from './registers.ts';

/** Milliseconds between two looks at the office, two looks at what the watch gave last, and two updates of the document. */
const LOOK_EVERY = 4;
const VIEW_EVERY = 500;
const OPERATE_EVERY = 400;
/** Milliseconds in which it must have left. */
const LEAVE_WITHIN = 2000;
/** Terms of one process, no more than these. */
const MOST = 1000;

/** A control on a server, which it reaches by its library alone. */
export function onServer(control: Control): Kind {
  return (spec, journal) => {
    const { store } = spec;
    if (store.type === 'embedded') throw new TypeError(`${spec.kind} needs a server`);
    const { endpoints, username, password } = store;
    const login = username === undefined || password === undefined ? {} : { login: { username, password } };
    return new ControlClient(spec, journal, (contest) => control({ ...contest, endpoints, ...login }));
  };
}

/** client-go's algorithm on the embedded store, which has no other client than ours. */
export const onEmbedded: Kind = async (spec, journal) => {
  const connected = await connectStore(spec.store, new ClientClock().clock);
  const compete = (contest: Contest) => leaderElection(contest, storeRegister(connected.store, contest));
  return new ControlClient(spec, journal, compete, connected);
};

/** A program that acts for as long as it was last told that it leads. */
class ControlClient implements Contestant {
  readonly #name: string;
  readonly #journal: Journal;
  readonly #clock = new ClientClock();
  readonly #connected: Connected | undefined;
  readonly #competitor: Competitor;
  readonly #acts: Acts;
  readonly #operations: Operations;
  readonly #looking: NodeJS.Timeout;
  readonly #viewing: NodeJS.Timeout;
  readonly #watch: string;
  readonly #calm = new AbortController();
  /** A control has no tokens: its terms are numbered within the process. */
  #token: number;
  #leads = false;
  #writes = 0;
  #seen: Value | undefined;

  constructor(spec: ClientSpec, journal: Journal, compete: (contest: Contest) => Competitor, connected?: Connected) {
    const { name, life, scope, ttl } = spec;
    this.#name = name;
    this.#journal = journal;
    this.#connected = connected;
    this.#acts = new Acts(journal, name);
    this.#operations = new Operations(journal, name, life);
    this.#watch = `${name}/${life}/watch`;
    this.#token = life * MOST;
    this.#competitor = compete({
      ...{ endpoints: [], scope, ttl, name, now: () => this.#clock.monotonic() },
      elected: () => this.#elected(),
      lost: () => this.#lost(),
      seen: (raw) => {
        this.#seen = raw === null ? null : ofRaw('config', raw);
        this.#view();
      },
    });
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY);
    this.#viewing = setInterval(() => this.#view(), VIEW_EVERY);
    this.#operate(life).catch(() => undefined);
  }

  async obey(order: ContestantOrder): Promise<void> {
    if (order.type === 'suspend') this.#clock.suspend(order.ms);
    else if (order.type === 'line') await this.#connected?.suffer(order.fault, order.ms ?? 0);
    else if (order.type === 'heal line') await this.#connected?.heal();
    else throw new TypeError(`a control knows no ${order.type}`);
  }

  calm(): void {
    this.#calm.abort();
  }

  async windUp(): Promise<void> {
    this.calm();
    clearInterval(this.#looking);
    clearInterval(this.#viewing);
    this.#acts.flush();
    if (this.#leads) this.#tell('released');
    this.#leads = false;
    // A library's call on a line that was silent may never end.
    await Promise.race([this.#competitor.leave(), sleep(LEAVE_WITHIN)]);
  }

  #elected(): void {
    if (this.#leads || this.#calm.signal.aborted) return;
    this.#leads = true;
    this.#token += 1;
    this.#tell('acquired');
  }

  #lost(): void {
    if (!this.#leads) return;
    this.#leads = false;
    this.#acts.flush();
    this.#tell('lost');
  }

  #tell(event: 'acquired' | 'lost' | 'released'): void {
    this.#journal.append({ at: hostNow(), type: 'term', client: this.#name, token: this.#token, event });
  }

  #look(): void {
    const at = hostNow();
    if (this.#leads) this.#acts.add(this.#token, at);
  }

  /** No watch of these libraries says that it is cut off. */
  #view(): void {
    if (this.#seen === undefined) return;
    const documents = { config: this.#seen };
    this.#journal.append({
      at: hostNow(),
      type: 'view',
      client: this.#name,
      watch: this.#watch,
      stale: false,
      documents,
    });
  }

  /** As leader it reads its document and writes what follows, which it believes to be safe. */
  async #operate(life: number): Promise<void> {
    const { signal } = this.#calm;
    for (;;) {
      await sleep(OPERATE_EVERY * (0.5 + Math.random()), undefined, { signal });
      if (!this.#leads) continue;
      const found = await this.#operations.read(
        'config',
        () => outcome(this.#competitor.read()),
        (raw) => (raw === null ? null : ofRaw('config', raw)),
      );
      if (found === undefined || !this.#leads || signal.aborted) continue;
      const value = `${this.#name}.${life}.${++this.#writes}`;
      const after = found === null ? null : ofRaw('config', found);
      await this.#operations.write('config', { value, after }, async () => {
        await outcome(this.#competitor.write(JSON.stringify({ value })));
        return true;
      });
    }
  }
}

/** What a library's errors mean for a write, none of them says: all are taken for an unknown outcome. */
async function outcome<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw new DcsError('UNAVAILABLE', String(cause), { store: 'control', maybeApplied: true });
  }
}
