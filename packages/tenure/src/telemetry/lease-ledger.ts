import { type LeaseEvent, systemClock } from '@tenure/core';
import type { Labels } from './instruments.ts';
import { clusterLabels, keyOf } from './labels.ts';

interface Entry {
  readonly labels: Labels<'held'>;
  readonly event: LeaseEvent;
  /** When it was told, on the larger of the two clocks. */
  readonly at: number;
  /** When the lease was proven last: acquired or renewed. */
  readonly provenAt: number;
}

/** How a renewal went. Milliseconds. */
export interface Renewal {
  /** Validity that was left when it was answered. */
  readonly margin: number;
  readonly late: boolean;
}

/** A renewal is late when as many times `loopWait` have passed since the one before it. */
const LATE = 1.5;

/** The last news of each lease of this process, from which what is left of it follows at any moment. */
export class LeaseLedger {
  readonly #entries = new Map<string, Entry>();

  /** Returns how a renewal went, if the event is one and what came before it in the same term is known. */
  note(event: LeaseEvent): Renewal | undefined {
    const at = systemClock.now();
    const labels = { ...clusterLabels(event), name: event.name };
    const key = keyOf(labels);
    const last = this.#entries.get(key);
    const before = last?.event.token === event.token ? last : undefined;
    const proof = event.event === 'acquired' || event.event === 'renewed';
    this.#entries.set(key, { labels, event, at, provenAt: proof ? at : (before?.provenAt ?? at) });
    if (event.event !== 'renewed' || before === undefined) return undefined;
    return {
      margin: left(before, at),
      late: at - before.provenAt > LATE * event.loopWait,
    };
  }

  /** Each lease that was ever held, with the milliseconds left of it now; 0 when it is held no more. */
  *now(): Iterable<{ readonly labels: Labels<'held'>; readonly token: number; readonly remaining: number }> {
    const now = systemClock.now();
    for (const entry of this.#entries.values()) {
      yield { labels: entry.labels, token: entry.event.token, remaining: left(entry, now) };
    }
  }
}

/** `remaining` is 0 in what is told of a lease that has ended. */
function left({ event, at }: Entry, now: number): number {
  return Math.max(0, event.remaining - (now - at));
}
