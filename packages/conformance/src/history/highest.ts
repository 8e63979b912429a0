/** The highest token that was known by each place of a history. */
export class Highest {
  readonly #places: number[] = [];
  readonly #tokens: number[] = [];

  /** @param proofs a place, and the token that surely existed there */
  constructor(proofs: (readonly [place: number, token: number])[]) {
    let highest = Number.NEGATIVE_INFINITY;
    for (const [place, token] of proofs.sort(([a], [b]) => a - b)) {
      if (token <= highest) continue;
      highest = token;
      this.#places.push(place);
      this.#tokens.push(token);
    }
  }

  /** -Infinity when none was known before this place. */
  before(place: number): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#places[middle] ?? place) < place) low = middle + 1;
      else high = middle;
    }
    return this.#tokens[low - 1] ?? Number.NEGATIVE_INFINITY;
  }
}
