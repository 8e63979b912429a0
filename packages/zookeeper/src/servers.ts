import type { Server } from './dial.ts';

/** For one server, milliseconds: several round trips of any network. */
const LEAST_SHARE = 500;

/** The servers to dial, and which of them is dialed next by every connection of one store: the one that served last. */
export class Servers {
  readonly #list: readonly Server[];
  #next: number;

  /** Begins with one drawn by lot, so that the clients of an ensemble spread. */
  constructor(list: readonly Server[]) {
    this.#list = list;
    this.#next = Math.floor(Math.random() * list.length);
  }

  get count(): number {
    return this.#list.length;
  }

  get next(): Server {
    return this.#list[this.#next] as Server;
  }

  /**
   * What one server gets of the `left` milliseconds of a call, so that all get a turn; after `rounds` in vain, twice as much each. A
   * single one has no other to make room for.
   */
  share(left: number, rounds: number): number {
    if (this.#list.length === 1) return Infinity;
    return Math.max(LEAST_SHARE, left / this.#list.length) * 2 ** rounds;
  }

  /** It gave an answer. */
  prefer(server: Server): void {
    this.#next = this.#list.indexOf(server);
  }

  /** It gave none, or broke off. That another is next already stays so. */
  avoid(server: Server): void {
    if (this.next === server) this.#next = (this.#next + 1) % this.#list.length;
  }
}
