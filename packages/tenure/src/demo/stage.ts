import { readFile } from 'node:fs/promises';
import type { ClusterView, Dcs } from '@tenure/core';
import type { ResolvedConfig } from '../config.ts';
import { hostNow } from '../run/host-clock.ts';
import { Cast, type Heard } from './cast.ts';
import { readHistory } from './overlap.ts';
import type { Act, DemoReport } from './protocol.ts';

/** What one step of the demo showed. */
export interface Step {
  readonly title: string;
  readonly ok: boolean;
  readonly ms?: number;
  /** What held, or what should have. */
  readonly note: string;
}

export interface StageOptions {
  readonly dcs: Dcs;
  readonly config: ResolvedConfig;
  /** Where the members keep their logs. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
  readonly show: (view: ClusterView) => void;
  readonly step: (step: Step) => void;
}

type Report<T extends DemoReport['type']> = Extract<DemoReport, { type: T }>;

const NAMES = ['n1', 'n2', 'n3'];
/** What a takeover may take over ttl: the store's own grace and a busy machine. Milliseconds. */
const TAKEOVER_MARGIN = 2000;
/** What a handover after a release may take. Milliseconds. */
const HANDOVER_LIMIT = 1000;
/** Fenced writes of a new leader before the next step: it is in office and at work. */
const SETTLED = 3;

/** The elections that the demo brings about. */
const TERMS = 4;

/** Plays the demo: three real processes, one lease, three ways to lose it. */
export class Stage {
  readonly #options: StageOptions;
  readonly #cast: Cast;
  readonly #elections: Report<'leading'>[] = [];
  #leader = '';
  #token = 0;

  constructor(options: StageOptions) {
    this.#options = options;
    this.#cast = new Cast(options.config, options.folder);
    // On a machine that stalls, a leader may lose its lease between two steps, and be elected anew.
    this.#cast.onReport(({ name, report }) => {
      if (report.type !== 'leading') return;
      this.#elections.push(report);
      if (report.token > this.#token) [this.#leader, this.#token] = [name, report.token];
    });
  }

  async play(): Promise<void> {
    const { signal, dcs, show } = this.#options;
    const watching = new AbortController();
    const shown = (async () => {
      for await (const view of dcs.watch({ signal: watching.signal })) show(view);
    })().catch(() => undefined);
    try {
      await this.#elect();
      await this.#killed();
      await this.#released();
      await this.#frozen();
      signal.throwIfAborted();
    } finally {
      await this.#cast.end();
      watching.abort();
      await shown;
    }
    await this.#checkLogs();
  }

  async #elect(): Promise<void> {
    const { signal, tell, step } = this.#options;
    tell(`three processes ask for one lease of ${this.#ttl / 1000} s`);
    const began = hostNow();
    const elected = this.#nextLeader();
    await Promise.all([elected, ...NAMES.map((name) => this.#cast.start(name, signal))]);
    const { at } = await elected;
    await this.#atWork();
    step({ title: 'one of three is elected', ok: true, ms: at - began, note: 'from the start of the processes' });
  }

  async #killed(): Promise<void> {
    const { tell, signal } = this.#options;
    const victim = this.#leader;
    tell(`kill -9 ${victim}, the leader`);
    const next = this.#nextLeader();
    const killed = hostNow();
    await Promise.all([this.#cast.kill(victim), next]);
    this.#takeover('takeover after kill -9', (await next).at - killed);
    tell(`${victim} is started again and waits`);
    await Promise.all([this.#cast.start(victim, signal), this.#atWork()]);
  }

  async #released(): Promise<void> {
    const { tell, step } = this.#options;
    tell(`${this.#leader} releases the lease`);
    const released = this.#hear('released', this.#leader);
    this.#cast.tell(this.#leader, { type: 'release' });
    const { at, token } = await released;
    const ms = (await this.#nextLeader(token)).at - at;
    step({ title: 'handover after a release', ok: ms <= HANDOVER_LIMIT, ms, note: `limit ${HANDOVER_LIMIT} ms` });
    await this.#atWork();
  }

  async #frozen(): Promise<void> {
    const { tell, step } = this.#options;
    const frozen = this.#leader;
    tell(`SIGSTOP ${frozen}, the leader: frozen, it knows nothing`);
    const next = this.#nextLeader();
    const stopped = hostNow();
    this.#cast.signal(frozen, 'SIGSTOP');
    this.#takeover('takeover from a frozen leader', (await next).at - stopped);
    await this.#atWork();
    tell(`SIGCONT ${frozen}: it wakes, believing it leads, and writes`);
    const woke = this.#hear('woke', frozen);
    this.#cast.signal(frozen, 'SIGCONT');
    const { held, refused, frozenMs } = await woke;
    step({ title: 'its lease says no at the first look', ok: !held, note: `frozen for ${Math.round(frozenMs)} ms` });
    step({
      title: 'its write is refused by the fence',
      ok: refused,
      note: refused ? 'the store holds a younger token' : 'it LANDED',
    });
    await this.#atWork();
  }

  async #checkLogs(): Promise<void> {
    const logs = await Promise.all(NAMES.map((name) => readFile(this.#cast.logOf(name), 'utf8')));
    // A line that kill -9 cut short is no act.
    const lines = logs
      .flatMap((log) => log.slice(0, log.lastIndexOf('\n') + 1).split('\n'))
      .filter((line) => line !== '');
    const { acts, tokens, overlaps, nearest } = readHistory(lines.map((line) => JSON.parse(line) as Act));
    const seen = `${acts} acts in the terms ${tokens.join(', ')}; the nearest two of different terms ${nearest?.toFixed(1)} ms apart`;
    this.#options.step({
      title: 'never two at once, by their own logs',
      ok: overlaps.length === 0 && tokens.length >= TERMS,
      note: overlaps.length === 0 ? seen : `OVERLAP of ${overlaps.join(', ')}`,
    });
  }

  get #ttl(): number {
    return this.#options.dcs.timing.ttl;
  }

  #takeover(title: string, ms: number): void {
    const limit = this.#ttl + TAKEOVER_MARGIN;
    this.#options.step({ title, ok: ms <= limit, ms, note: `ttl ${this.#ttl} ms, limit ${limit} ms` });
  }

  /** The first election that is known after the one with this token. */
  async #nextLeader(after = this.#token): Promise<Report<'leading'>> {
    const known = this.#elections.find(({ token }) => token > after);
    if (known !== undefined) return known;
    const { report } = await this.#listen(({ report }) => report.type === 'leading' && report.token > after);
    return report as Report<'leading'>;
  }

  async #hear<T extends DemoReport['type']>(type: T, from: string): Promise<Report<T>> {
    const { report } = await this.#listen(({ name, report }) => name === from && report.type === type);
    return report as Report<T>;
  }

  /** The leader of now has written under its fence a few times. */
  async #atWork(): Promise<void> {
    const writes = new Map<number, number>();
    await this.#listen(({ report }) => {
      if (report.type !== 'worked') return false;
      const count = (writes.get(report.token) ?? 0) + 1;
      writes.set(report.token, count);
      return report.token === this.#token && count >= SETTLED;
    });
  }

  async #listen(fits: (heard: Heard) => boolean): Promise<Heard> {
    const { signal } = this.#options;
    return await this.#cast.hear(fits, { signal, limit: 3 * this.#ttl + 10_000 });
  }
}
