interface Due {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Steps that are asked for in one turn of the event loop: promises settle between any two of them all the same. */
const BATCH = 64;

/** True time, which only its own steps move on. Those of one moment come in the order in which they were asked for. */
export class World {
  /** Milliseconds since the history began. */
  now = 0;
  /** The process that ran last: what happens before the next step is its doing. */
  current: string | undefined;
  readonly #heap: Due[] = [];
  #order = 0;

  /** `run` happens at `at`, or at once when that is over, unless the returned function is called first. */
  at(at: number, run: () => void): () => void {
    const due = { at: Math.max(at, this.now), order: this.#order, run };
    this.#order += 1;
    this.#push(due);
    return () => {
      (due as Due).run = undefined;
    };
  }

  after(ms: number, run: () => void): () => void {
    return this.at(this.now + ms, run);
  }

  /** Takes all steps until `end`. Every promise that depends on nothing but promises settles before the next step. */
  async run(end: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let over = false;
    const turn = () => {
      if (over) return;
      try {
        over = !this.#step(end);
      } catch (error) {
        over = true;
        reject(error);
      }
      if (over) resolve();
    };
    const batch = () => {
      if (over) return;
      for (let count = 0; count < BATCH; count += 1) setImmediate(turn);
      setImmediate(batch);
    };
    batch();
    await promise;
    this.now = end;
  }

  #step(end: number): boolean {
    for (;;) {
      const due = this.#heap[0];
      if (due === undefined || due.at > end) return false;
      this.#pop();
      if (due.run === undefined) continue;
      this.now = due.at;
      due.run();
      return true;
    }
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(due);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Due;
      if (before(above, due)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, below)) {
        child += 1;
        below = right;
      }
      if (before(last, below)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}

function before(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
