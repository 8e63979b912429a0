import type { HostMoment } from '../run/host-clock.ts';

/** What the endpoint knows of a lease that is held. */
export interface Posted {
  /** When it ends. */
  readonly deadline: HostMoment;
  readonly token: number;
  /** The cluster follows another one, so whoever leads it is no primary. */
  readonly standby: boolean;
}

const FIELDS = 4;
const [MONOTONIC, BOOT, TOKEN, STANDBY] = [0, 1, 2, 3];

/**
 * Where one thread posts the lease and another reads it, in shared memory. The first word counts the posts; of two slots behind it the
 * one that the count names is valid. A post fills the other slot first, so a reader never waits for a writer that was stopped halfway.
 */
export class LeaseBoard {
  readonly buffer: SharedArrayBuffer;
  readonly #words: BigInt64Array<SharedArrayBuffer>;

  constructor(buffer = new SharedArrayBuffer((1 + 2 * FIELDS) * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#words = new BigInt64Array(buffer);
  }

  /** `undefined`: no lease is held. */
  post(posted: Posted | undefined): void {
    const next = Atomics.load(this.#words, 0) + 1n;
    const slot = slotOf(next);
    Atomics.store(this.#words, slot + MONOTONIC, microseconds(posted?.deadline.monotonic ?? 0));
    Atomics.store(this.#words, slot + BOOT, microseconds(posted?.deadline.boot ?? 0));
    Atomics.store(this.#words, slot + TOKEN, BigInt(posted?.token ?? 0));
    Atomics.store(this.#words, slot + STANDBY, posted?.standby ? 1n : 0n);
    Atomics.store(this.#words, 0, next);
  }

  /** `undefined` when no lease was posted, or it was taken down. Whether it is still valid is for the reader's clocks to say. */
  read(): Posted | undefined {
    for (;;) {
      const count = Atomics.load(this.#words, 0);
      const slot = slotOf(count);
      const word = (field: number) => Number(Atomics.load(this.#words, slot + field));
      const deadline = { monotonic: word(MONOTONIC) / 1000, boot: word(BOOT) / 1000 };
      const posted = { deadline, token: word(TOKEN), standby: word(STANDBY) === 1 };
      if (Atomics.load(this.#words, 0) === count) return posted.token === 0 ? undefined : posted;
    }
  }
}

function slotOf(count: bigint): number {
  return 1 + Number(count % 2n) * FIELDS;
}

/** Down, so that no deadline is later than it was. */
function microseconds(ms: number): bigint {
  return BigInt(Math.floor(ms * 1000));
}
