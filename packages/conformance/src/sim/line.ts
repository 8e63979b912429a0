import type { SimProcess } from './process.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** What is wrong with a line while it lasts. */
export interface Trouble {
  /** Messages that way vanish, and nobody hears of it. */
  readonly deaf?: 'out' | 'home' | 'both';
  /** Milliseconds that each message may take longer. */
  readonly slow?: number;
  /** The ratio of messages that vanish unheard of: the connection of each is dead. */
  readonly loss?: number;
  /** The ratio of messages that meet a reset, of which the client hears. */
  readonly resets?: number;
  /** New connections are refused. */
  readonly refused?: boolean;
}

/** A call, or the stream of a watch: each has a connection of its own, so they overtake each other. */
export interface Connection {
  /** The client hears that the connection broke. */
  broken(): void;
}

/**
 * What lies between one client and the server. It is TCP: what was given up or broken off may still arrive when it was under
 * way, and nothing arrives twice. No client library or agent repeats a write by itself either, so there is no duplication:
 * a read that is sent twice is two reads, and that core's own retries see to.
 */
export class Line {
  readonly #world: World;
  readonly #client: SimProcess;
  readonly #random: Random;
  readonly #latency: number;
  readonly #troubles = new Set<Trouble>();
  readonly #connections = new Set<Connection>();

  /** `latency`: the most that a message takes, milliseconds. */
  constructor(world: World, client: SimProcess, random: Random, latency: number) {
    this.#world = world;
    this.#client = client;
    this.#random = random;
    this.#latency = latency;
  }

  /** Until the returned function is called. */
  suffer(trouble: Trouble): () => void {
    this.#troubles.add(trouble);
    return () => this.#troubles.delete(trouble);
  }

  /** Every connection breaks. */
  reset(): void {
    for (const connection of this.#connections) this.#breakOff(connection);
  }

  open(connection: Connection): void {
    this.#connections.add(connection);
  }

  close(connection: Connection): void {
    this.#connections.delete(connection);
  }

  get refused(): boolean {
    return this.#some(({ refused }) => refused === true);
  }

  /** To the server; `arrive` happens there. Not `after` an earlier message of the same connection. Returns when it arrives. */
  out(connection: Connection, arrive: () => void): void {
    this.#send('out', connection, 0, arrive);
  }

  /** To the client, which may not run then. Resolves the moment of the arrival, for the next message of that connection. */
  home(connection: Connection, notBefore: number, arrive: () => void): number {
    return this.#send('home', connection, notBefore, () => {
      this.#client.hear(() => {
        if (this.#connections.has(connection)) arrive();
      });
    });
  }

  #send(way: 'out' | 'home', connection: Connection, notBefore: number, arrive: () => void): number {
    const at = Math.max(notBefore, this.#world.now + this.#delay());
    let lost = this.#deaf(way);
    for (const { loss = 0, resets = 0 } of this.#troubles) {
      if (this.#random.chance(loss)) lost = true;
      if (!this.#random.chance(resets)) continue;
      if (this.#random.chance(0.5)) lost = true;
      this.#breakOff(connection);
    }
    if (!lost) {
      this.#world.at(at, () => {
        if (!this.#deaf(way)) arrive();
      });
    }
    return at;
  }

  #breakOff(connection: Connection): void {
    const broken = () => {
      if (this.#connections.has(connection)) connection.broken();
    };
    this.#world.after(this.#delay(), () => this.#client.hear(broken));
  }

  #delay(): number {
    let most = this.#latency;
    for (const { slow = 0 } of this.#troubles) most += slow;
    // Most messages are quick: the square of an even draw is small twice as often.
    return most * this.#random.next() ** 2 + 0.1;
  }

  #deaf(way: 'out' | 'home'): boolean {
    return this.#some(({ deaf }) => deaf === way || deaf === 'both');
  }

  #some(is: (trouble: Trouble) => boolean): boolean {
    for (const trouble of this.#troubles) if (is(trouble)) return true;
    return false;
  }
}
