import type { CallOptions, Commit, Session, Txn } from '@tenure/core';

/** What a session needs of the store that opened it. */
export interface SessionHost {
  readonly closed: boolean;
  renew(id: string, txn: Txn | undefined, options: CallOptions | undefined): Promise<Commit | undefined>;
  end(id: string, options: CallOptions | undefined): Promise<void>;
}

/** The whole ttl: the store counts from the moment it applies a renewal, which is never before the call. */
export function guaranteedOf(ttl: number): number {
  return ttl;
}

export class EmbeddedSession implements Session {
  readonly id: string;
  readonly ttl: number;
  readonly guaranteed: number;
  readonly #host: SessionHost;

  constructor(id: string, ttl: number, host: SessionHost) {
    this.id = id;
    this.ttl = ttl;
    this.guaranteed = guaranteedOf(ttl);
    this.#host = host;
  }

  async renew(txn?: Txn, options?: CallOptions): Promise<Commit | undefined> {
    return await this.#host.renew(this.id, txn, options);
  }

  async end(options?: CallOptions): Promise<void> {
    await this.#host.end(this.id, options);
  }

  /** Like `end`, but a store that was closed before leaves the session to expire. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#host.closed) await this.end();
  }
}
