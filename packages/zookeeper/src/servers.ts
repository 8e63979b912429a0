import type { Server } from './dial.ts';

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

  /** It gave an answer. */
  prefer(server: Server): void {
    this.#next = this.#list.indexOf(server);
  }

  /** It gave none, or broke off. That another is next already stays so. */
  avoid(server: Server): void {
    if (this.next === server) this.#next = (this.#next + 1) % this.#list.length;
  }
}
