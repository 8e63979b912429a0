import type { Report, Schedule } from '@tenure/conformance';

const SUMS = [
  'histories',
  'operations',
  'unknownOutcomes',
  'terms',
  'needlessDemotions',
  'lostWrites',
  'unannouncedStaleViews',
  'violations',
  'cpu',
] as const;

/** A tally as a process tells it. `twoLeaderWindow` is `null` where there was none. */
export type Amounts = Readonly<
  Pick<Tally, (typeof SUMS)[number] | 'faults' | 'longestTakeover'> & { twoLeaderWindow: number | null }
>;

/** What many simulated histories amount to. */
export class Tally {
  readonly #began = performance.now();
  readonly faults: Record<string, number> = {};
  histories = 0;
  operations = 0;
  unknownOutcomes = 0;
  terms = 0;
  needlessDemotions = 0;
  lostWrites = 0;
  unannouncedStaleViews = 0;
  violations = 0;
  /** Milliseconds; of the schedules whose clocks keep to their drift. */
  twoLeaderWindow = Number.NEGATIVE_INFINITY;
  /** Takeovers beyond the server's expiry, as ratios of the ttl. */
  longestTakeover = 0;
  /** Of the processes, from their start on; milliseconds. */
  cpu = 0;

  add(schedule: Schedule, { violations, figures }: Report): void {
    this.histories += 1;
    for (const { type } of schedule.faults) this.#count(type, 1);
    for (const { rate } of schedule.clients) if (rate !== 1) this.#count('clock rate', 1);
    this.operations += figures.operations;
    this.unknownOutcomes += figures.unknownOutcomes;
    this.terms += figures.terms;
    this.needlessDemotions += figures.needlessDemotions;
    this.lostWrites += figures.lostWrites;
    this.unannouncedStaleViews += figures.unannouncedStaleViews;
    this.violations += violations.length;
    const { twoLeaderWindow = Number.NEGATIVE_INFINITY } = figures;
    if (schedule.withinDrift) this.twoLeaderWindow = Math.max(this.twoLeaderWindow, twoLeaderWindow);
    for (const takeover of figures.takeovers)
      this.longestTakeover = Math.max(this.longestTakeover, takeover / schedule.ttl);
  }

  merge(amounts: Amounts): void {
    for (const [type, count] of Object.entries(amounts.faults)) this.#count(type, count);
    for (const sum of SUMS) this[sum] += amounts[sum];
    this.twoLeaderWindow = Math.max(this.twoLeaderWindow, amounts.twoLeaderWindow ?? Number.NEGATIVE_INFINITY);
    this.longestTakeover = Math.max(this.longestTakeover, amounts.longestTakeover);
  }

  /** Of the time that the processes had a core, their start included, so that a busy machine does not count. */
  get historiesPerMinute(): number {
    return Math.round((this.histories / this.cpu) * 60_000);
  }

  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  line(): string {
    return `${this.histories} histories in ${this.seconds.toFixed(0)} s, ${this.historiesPerMinute} per minute of CPU time`;
  }

  table(): string {
    const faults = Object.entries(this.faults).sort(([, a], [, b]) => b - a);
    const total = faults.reduce((sum, [, count]) => sum + count, 0);
    return [
      this.line(),
      `${total} faults: ${faults.map(([type, count]) => `${type} ${count}`).join(', ')}`,
      `${this.operations} operations, ${this.unknownOutcomes} with unknown outcome; ${this.terms} terms`,
      `two-leader window ${this.twoLeaderWindow.toFixed(3)} ms (negative: none), needless demotions ${this.needlessDemotions}`,
      `lost writes ${this.lostWrites}, unannounced stale views ${this.unannouncedStaleViews}`,
      `longest takeover ${this.longestTakeover.toFixed(2)} of the ttl after the server's expiry`,
      `${this.violations} violations`,
    ].join('\n');
  }

  toJSON(): Amounts & { readonly seconds: number; readonly historiesPerMinute: number } {
    const twoLeaderWindow = Number.isFinite(this.twoLeaderWindow) ? this.twoLeaderWindow : null;
    return { ...this, twoLeaderWindow, seconds: this.seconds, historiesPerMinute: this.historiesPerMinute };
  }

  #count(type: string, count: number): void {
    this.faults[type] = (this.faults[type] ?? 0) + count;
  }
}
