import type { Report, Schedule } from '@tenure/conformance';

/** What many simulated histories amount to. */
export class Tally {
  readonly #began = performance.now();
  readonly #cpu = process.cpuUsage();
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
  last: Schedule | undefined;

  add(schedule: Schedule, { violations, figures }: Report): void {
    this.histories += 1;
    this.last = schedule;
    for (const { type } of schedule.faults) this.faults[type] = (this.faults[type] ?? 0) + 1;
    for (const { rate } of schedule.clients)
      if (rate !== 1) this.faults['clock rate'] = (this.faults['clock rate'] ?? 0) + 1;
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

  /** Of this process's own time, so that a busy machine does not count. */
  get historiesPerMinute(): number {
    const { user, system } = process.cpuUsage(this.#cpu);
    return Math.round((this.histories / (user + system)) * 60e6);
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

  toJSON(): object {
    const { last: _, ...rest } = this;
    return { ...rest, seconds: this.seconds, historiesPerMinute: this.historiesPerMinute };
  }
}
