import { type EtcdRpc, type RpcCall, RpcError } from './rpc.ts';

/**
 * The token of one store: one login at a time, whoever asks, and one token for calls and watches. etcd's simple tokens
 * end after a while of no use and with a restart of the member (`--auth-token-ttl`); jwt ones at their own time.
 */
export class TokenSource {
  readonly #username: string | undefined;
  readonly #password: string;
  readonly #closing: AbortSignal;
  /** `null`: the server said that it has authentication switched off. */
  #token: string | null | undefined;
  #login: Promise<string | null> | undefined;

  constructor(username: string | undefined, password: string | undefined, closing: AbortSignal) {
    this.#username = username;
    this.#closing = closing;
    this.#password = password ?? '';
  }

  /** Whether a refused token can be replaced by another. */
  get renewable(): boolean {
    return this.#username !== undefined;
  }

  /** @throws RpcError when the login fails; nothing but the login was sent then. */
  async get(rpc: EtcdRpc, call: Omit<RpcCall, 'token'>): Promise<string | undefined> {
    if (this.#username === undefined) return undefined;
    if (this.#token !== undefined) return this.#token ?? undefined;
    this.#login ??= this.#logIn(rpc, this.#username, call.timeout).finally(() => {
      this.#login = undefined;
    });
    return (await this.#login) ?? undefined;
  }

  /** Drops `token` if it is still the one in use. */
  forget(token: string | undefined): void {
    if (this.#token === (token ?? null)) this.#token = undefined;
  }

  /** Several calls wait for one login, so no single caller's abort may end it. */
  async #logIn(rpc: EtcdRpc, username: string, timeout: number): Promise<string | null> {
    try {
      const call = { timeout, signal: this.#closing, token: undefined };
      this.#token = await rpc.login(username, this.#password, call);
    } catch (error) {
      if (!(error instanceof RpcError) || !error.message.includes('authentication is not enabled')) throw error;
      this.#token = null;
    }
    return this.#token;
  }
}
