import { unavailable } from './errors.ts';
import type { RpcHeader } from './rpc.ts';

/**
 * Notices a member that has fallen out of the cluster's history: restored from a backup, or cut off under an older leader.
 * A request that begins after some member told of a term cannot be answered rightly out of an older one: every linearizable
 * answer is made after the entry that began the newest term was applied. (Patroni's etcd3.py guards reads the same way.)
 */
export class TermGuard {
  #cluster = '';
  #term = 0n;
  #revision = 0n;

  /** What is known now, to be handed to `admit` with the answer of a request that is sent after this. */
  known(): Known {
    return { cluster: this.#cluster, term: this.#term, revision: this.#revision };
  }

  /**
   * Takes note of a linearizable answer. `maybeApplied`: what the refused request may have done.
   * @throws DcsError UNAVAILABLE when the answer is older than what was known before the request was sent
   */
  admit(header: RpcHeader, known: Known, maybeApplied: boolean): void {
    if (behind(header, known)) {
      throw unavailable(
        `member ${header.member} answered out of term ${header.term}, but term ${known.term} has begun`,
        maybeApplied,
      );
    }
    if (header.cluster !== this.#cluster) {
      this.#cluster = header.cluster;
      this.#term = 0n;
      this.#revision = 0n;
    }
    if (header.term > this.#term) this.#term = header.term;
    if (header.revision > this.#revision) this.#revision = header.revision;
  }
}

export interface Known {
  readonly cluster: string;
  readonly term: bigint;
  readonly revision: bigint;
}

/** True when the answer comes out of an older term than was known. Another cluster starts anew. */
export function behind(header: RpcHeader, known: Known): boolean {
  return header.cluster === known.cluster && header.term < known.term;
}
