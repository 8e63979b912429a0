import type { Clock } from '@tenure/core';
import type { Waiting } from './guard.ts';
import { Pulse } from './pulse.ts';
import { code, ZkError } from './rpc.ts';
import type { ZkWire } from './wire.ts';

/**
 * The connection for everything that is bound to no session of a caller. ZooKeeper knows no connection without a session,
 * so it has one of its own, which holds no keys: when that expires, the next call gets another.
 */
export class MainLink {
  readonly #make: () => ZkWire;
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #listeners = new Set<(path: string | undefined) => void>();
  #wire: ZkWire | undefined;
  #closed = false;

  constructor(make: () => ZkWire, clock: Clock, timeout: number) {
    this.#make = make;
    this.#clock = clock;
    this.#timeout = timeout;
  }

  /** @throws ZkError when there can be no connection; the reason of `signal` */
  async ready(waiting: Waiting): Promise<ZkWire> {
    for (;;) {
      if (this.#closed) throw new ZkError(code.notConnected, false);
      this.#wire ??= this.#connect();
      const wire = this.#wire;
      try {
        await wire.ready(waiting);
        return wire;
      } catch (error) {
        this.#forgetEnded(wire);
        if (!(error instanceof ZkError) || error.code !== code.sessionExpired) throw error;
      }
    }
  }

  /** What `work` makes of the wire. An expiry on the way is only a lost connection: nothing hangs on this session. */
  async use<T>(waiting: Waiting, work: (wire: ZkWire) => Promise<T>): Promise<T> {
    const wire = await this.ready(waiting);
    try {
      return await work(wire);
    } catch (error) {
      if (!(error instanceof ZkError) || error.code !== code.sessionExpired) throw error;
      wire.stop();
      this.#forgetEnded(wire);
      throw new ZkError(code.notConnected, false);
    }
  }

  /** Called with the path of a changed znode, and with `undefined` when all watches were lost. Gives its own removal. */
  listen(listener: (path: string | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    this.#wire?.stop();
  }

  #connect(): ZkWire {
    const wire = this.#make();
    const pulse = new Pulse(wire, this.#clock, this.#timeout / 6, this.#timeout / 3, () => true);
    wire.onEvent = (path) => this.#tell(path);
    wire.onState = () => {
      if (wire.state === 'connected') pulse.start();
      else {
        pulse.stop();
        this.#tell(undefined);
      }
    };
    return wire;
  }

  #forgetEnded(wire: ZkWire): void {
    const ended = wire.state === 'expired' || wire.state === 'denied' || wire.state === 'stopped';
    if (ended && this.#wire === wire) this.#wire = undefined;
  }

  #tell(path: string | undefined): void {
    for (const listener of this.#listeners) listener(path);
  }
}
