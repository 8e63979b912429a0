/** How many paths are remembered before all are forgotten. */
const MOST = 10_000;

/**
 * Paths that were there when they were last looked at. Only hints: a commit that was made by a wrong one fails, and is then
 * made by what is read.
 */
export class Hints {
  readonly #present = new Set<string>();

  has(path: string): boolean {
    return this.#present.has(path);
  }

  learn(path: string, present: boolean): void {
    if (!present) this.#present.delete(path);
    else if (this.#present.add(path).size > MOST) this.#present.clear();
  }
}
