interface Seen {
  readonly leader: string;
  readonly token: number | undefined;
}

/**
 * Terms of office, each noticed once, whether a view showed it or this process won it. Tokens only grow: a view that comes after
 * this process has won a later term tells nothing new.
 */
export class TermsSeen {
  readonly #last = new Map<string, Seen>();

  /** Whether a term of this cluster has begun that was not known. */
  isNew(cluster: string, leader: string, token: number | undefined): boolean {
    const last = this.#last.get(cluster);
    if (last !== undefined && token !== undefined && last.token !== undefined && token < last.token) return false;
    if (last?.leader === leader && last.token === token) return false;
    this.#last.set(cluster, { leader, token });
    return true;
  }
}
