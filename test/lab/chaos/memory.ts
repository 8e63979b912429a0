import type { Measure } from '../client/index.ts';
import type { Rival } from '../ground/index.ts';

/** Milliseconds. Rarely: collecting all garbage makes a client stand still, on a busy machine for half a second. */
const MEASURE_EVERY = 30_000;
/** Milliseconds from when on a process should grow no more: what it will use is loaded and compiled by then. */
const WARM_AFTER = 300_000;

/** Samples that tell growth from chance. */
const ENOUGH = 40;

/** Medians of the first tenth of the samples and of the last one. */
type Ends = { readonly first: number; readonly last: number };

export interface Growth extends Readonly<Record<keyof Measure, Ends>> {
  /** Only samples of a warm process were taken, and enough of them. */
  readonly warm: boolean;
}

/** What a client's process holds over a run. */
export class Memory implements Disposable {
  readonly samples: (Measure & { readonly at: number })[] = [];
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;

  /** Of a client that no fault kills. */
  constructor(rival: Rival) {
    this.#timer = setInterval(() => {
      if (rival.process.stopped || !rival.process.alive) return;
      rival.process.order({ type: 'measure' }).then(
        (measure) => {
          if (measure !== undefined) this.samples.push({ at: performance.now() - this.#began, ...measure });
        },
        () => undefined,
      );
    }, MEASURE_EVERY);
  }

  growth(): Growth | undefined {
    const late = this.samples.filter(({ at }) => at >= WARM_AFTER);
    const warm = late.length >= ENOUGH;
    const samples = warm ? late : this.samples;
    const tenth = Math.ceil(samples.length / 10);
    if (tenth === 0) return undefined;
    const of = (name: keyof Measure) => ({
      first: median(samples.slice(0, tenth).map((sample) => sample[name])),
      last: median(samples.slice(-tenth).map((sample) => sample[name])),
    });
    return { warm, heap: of('heap'), handles: of('handles'), descriptors: of('descriptors') };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
