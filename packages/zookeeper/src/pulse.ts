import type { Clock } from '@tenure/core';
import type { ZkWire } from './wire.ts';

/**
 * Pings a wire every `interval` milliseconds while `wanted`, and breaks the connection when an answer takes longer than
 * `patience`: a connection that died in silence is found so, and no other way.
 */
export class Pulse {
  readonly #wire: ZkWire;
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #patience: number;
  readonly #wanted: () => boolean;
  /** The loop that goes on; a new one for each start. */
  #loop: symbol | undefined;
  #cancel = () => {};

  constructor(wire: ZkWire, clock: Clock, interval: number, patience: number, wanted: () => boolean) {
    this.#wire = wire;
    this.#clock = clock;
    this.#interval = interval;
    this.#patience = patience;
    this.#wanted = wanted;
  }

  /** Begins, or goes on, `interval` from now. Idempotent. */
  start(): void {
    if (this.#loop !== undefined) return;
    const loop = Symbol('loop');
    this.#loop = loop;
    this.#cancel = this.#clock.timer(this.#interval, () => void this.#beat(loop));
  }

  /** No timer is left. */
  stop(): void {
    this.#cancel();
    this.#loop = undefined;
  }

  async #beat(loop: symbol): Promise<void> {
    const sent = this.#clock.now();
    if (this.#wire.state !== 'connected' || !this.#wanted()) {
      this.#loop = undefined;
      return;
    }
    let answered = false;
    // A process that stood still finds its timers due before it has read what came meanwhile: the answer gets a turn.
    const late = () => setImmediate(() => answered || this.#wire.drop());
    const cancel = this.#clock.timer(this.#patience, late);
    try {
      await this.#wire.ping();
    } catch {
      // Whoever needs the connection is told by its state.
    } finally {
      answered = true;
      cancel();
    }
    if (this.#loop !== loop) return;
    const wait = Math.max(0, sent + this.#interval - this.#clock.now());
    this.#cancel = this.#clock.timer(wait, () => void this.#beat(loop));
  }
}
