import type { DocumentHistory, Write } from './document.ts';
import type { Value } from './event.ts';

interface Link {
  /** The first write of the chain; `null` for the one that began with the absent document. */
  readonly root: Write | null;
  readonly depth: number;
}

/**
 * The order of a document's values, as far as it is known: a guarded write comes after the value that it landed on, and the
 * server's states come in their order. `null` comes before all, unless an administrator emptied the document.
 */
export class Chain {
  readonly #document: DocumentHistory;
  readonly #links = new Map<Write, Link>();
  /** Where each value first stood among the server's states. */
  readonly #stood = new Map<Value, number>();
  /** By value: the time at which the first write that followed it in its chain was acknowledged. */
  readonly #followed = new Map<Value, number>();
  /** By the time of its acknowledgement: the last place among the states that a write until then had. */
  readonly #reached: { readonly at: number; readonly stood: number }[] = [];

  constructor(document: DocumentHistory) {
    this.#document = document;
    for (const [index, { value }] of document.states.entries())
      if (!this.#stood.has(value)) this.#stood.set(value, index);
    for (const write of document.writes) if (write.landed < Number.POSITIVE_INFINITY) this.#link(write);
    const acknowledged = document.writes
      .filter(({ operation }) => operation.outcome === 'ok')
      .sort((a, b) => a.operation.end - b.operation.end);
    let last = Number.NEGATIVE_INFINITY;
    for (const write of acknowledged) {
      const at = write.operation.endedAt;
      this.#follow(write, at);
      last = Math.max(last, this.#stood.get(write.value) ?? last);
      this.#reached.push({ at, stood: last });
    }
  }

  /** The earlier value surely was there before the later one. */
  precedes(earlier: Value, later: Value): boolean {
    if (earlier === later || later === null) return false;
    if (earlier === null) return !this.#document.emptied;
    const [a, b] = [this.#stood.get(earlier), this.#stood.get(later)];
    if (a !== undefined && b !== undefined) return a < b;
    const [above, below] = [this.#linkOf(earlier), this.#linkOf(later)];
    return above !== undefined && above.root === below?.root && above.depth < below.depth;
  }

  /** A write that surely came after this value was acknowledged before this time. */
  missed(value: Value, before: number): boolean {
    if ((this.#followed.get(value) ?? before) < before) return true;
    const stood = value === null && this.#document.emptied ? undefined : this.#stood.get(value);
    return stood !== undefined && stood < this.#reachedBefore(before);
  }

  #reachedBefore(time: number): number {
    let [low, high] = [0, this.#reached.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#reached[middle]?.at ?? time) < time) low = middle + 1;
      else high = middle;
    }
    return this.#reached[low - 1]?.stood ?? Number.NEGATIVE_INFINITY;
  }

  #linkOf(value: Value): Link | undefined {
    const write = this.#document.writeOf(value);
    return write && this.#links.get(write);
  }

  #link(write: Write): void {
    const path = new Set<Write>();
    let next: Write | undefined = write;
    // A chain that bites its own tail is broken where it was entered.
    while (next !== undefined && !this.#links.has(next) && !path.has(next)) {
      path.add(next);
      next = this.#document.writeOf(next.after);
    }
    for (const each of [...path].reverse()) {
      const parent: Link | undefined =
        each.after === null ? { root: null, depth: 0 } : this.#linkOf(each.after ?? null);
      this.#links.set(each, parent ? { root: parent.root, depth: parent.depth + 1 } : { root: each, depth: 0 });
    }
  }

  /** Acknowledgements come in the order of their times: the first that reaches a value is its earliest. */
  #follow(write: Write, at: number): void {
    let value = write.after;
    while (value !== undefined && !this.#followed.has(value)) {
      if (value === null && this.#document.emptied) return;
      this.#followed.set(value, at);
      value = this.#document.writeOf(value)?.after;
    }
    if (!this.#document.emptied && !this.#followed.has(null)) this.#followed.set(null, at);
  }
}
