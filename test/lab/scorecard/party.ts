import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultEvent, type HistoryEvent, mergeHistories, parseHistory } from '@tenure/conformance';
import { hostNow } from '../../clients/host-now.ts';
import { Journal, type KindName } from '../client/index.ts';
import { leadershipOf } from '../controls/leadership.ts';
import { type Administrator, type Ground, leaderWithin, staleAfter, Witness } from '../ground/index.ts';
import { type Member, openMember } from './member.ts';
import { numbered } from './numbered.ts';

/** Milliseconds for a process to start, and for one of the two to take office, on a machine that other runs load too. */
const START_WITHIN = 60_000;
/** The name of who has the office when the fault comes. */
export const HOLDER = 'holder';

const LOOK_EVERY = 50;
/** Milliseconds in which a client must have left; whoever has not is killed. */
const LEAVE_WITHIN = 10_000;

export interface PartyOptions {
  readonly kind: KindName;
  readonly scope: string;
  readonly seed: string;
  /** Where histories are written. */
  readonly folder: string;
  /** The nodes that each knows. */
  readonly nodes: { readonly holder: readonly number[]; readonly rival: readonly number[] };
}

/** Two members of one kind in one scope: `holder` has the office when the fault comes, the rival waits for it. */
export class Party implements AsyncDisposable {
  readonly kind: KindName;
  readonly holder: Member;
  readonly administrator: Administrator;
  readonly #rival: Member;
  readonly #journal: Journal;
  readonly #files: readonly string[];
  readonly #held: AsyncDisposableStack;

  private constructor(
    kind: KindName,
    members: { readonly holder: Member; readonly rival: Member },
    administrator: Administrator,
    journal: Journal,
    files: readonly string[],
    held: AsyncDisposableStack,
  ) {
    this.kind = kind;
    this.holder = members.holder;
    this.administrator = administrator;
    this.#rival = members.rival;
    this.#journal = journal;
    this.#files = files;
    this.#held = held;
  }

  /** Resolves when the holder leads and the rival hears of it. */
  static async open(ground: Ground, { kind, scope, seed, folder, nodes }: PartyOptions): Promise<Party> {
    await using held = new AsyncDisposableStack();
    const { profile, store } = ground;
    const files = ['director', 'witness'].map((name) => join(folder, `${scope}-${name}.jsonl`));
    const [journal, seen] = files.map((file) => held.use(new Journal(file))) as [Journal, Journal];
    journal.append({
      ...{ at: hostNow(), type: 'run', store, client: kind, seed, ttl: profile.ttl, grace: profile.grace },
      ...{ staleAfter: staleAfter(profile), leaderWithin: leaderWithin(profile, ground.nodes) },
    });
    const find = leadershipOf(kind);
    held.use(new Witness(await ground.connect(), scope, seen, find));
    const open = (name: keyof PartyOptions['nodes'], life: number) =>
      openMember(ground, { kind, scope, name, life, folder, nodes: nodes[name] }, held);
    const holder = await open(HOLDER, 1);
    await until(`${kind}: the holder leads`, () => holder.events().some(({ type }) => type === 'act'));
    const rival = await open('rival', 2);
    await until(`${kind}: the rival sees the document`, () => rival.events().some(({ type }) => type === 'view'));
    const administrator = ground.administrator(scope, journal, find);
    return new Party(kind, { holder, rival }, administrator, journal, files, held.move());
  }

  tell(phase: FaultEvent['phase'], fault: string, target: string | undefined): void {
    this.#journal.append({
      at: hostNow(),
      type: 'fault',
      id: 1,
      phase,
      fault,
      ...(target !== undefined && { target }),
    });
  }

  /** When the rival acted first; `undefined`: not yet. */
  successionAt(): number | undefined {
    return this.#rival.events().find((event) => event.type === 'act')?.from;
  }

  /** Both leave; the whole history. */
  async end(): Promise<HistoryEvent[]> {
    const members = [this.holder, this.#rival];
    const alive = members.filter(({ process }) => process.alive);
    const leaving = alive.map(async ({ process }) => await process.windUp().catch(() => undefined));
    await Promise.race([Promise.all(leaving), sleep(LEAVE_WITHIN)]);
    await this.#held.disposeAsync();
    const told = this.#files.map((file) => parseHistory(readFileSync(file, 'utf8'), file));
    const history = mergeHistories([...told, ...members.map((member) => member.events())]);
    return this.kind === 'tenure' ? history : numbered(history);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = hostNow() + START_WITHIN;
  while (!holds()) {
    if (hostNow() > deadline) throw new Error(`not within ${START_WITHIN} ms: ${what}`);
    await sleep(LOOK_EVERY);
  }
}
