import type { IncomingMessage } from 'node:http';
import { hostText, isLoopback, type ListenAddress } from './address.ts';
import { Refused } from './refused.ts';
import { Sessions } from './sessions.ts';

/**
 * Who may ask for what.
 *
 * - Without a token only loopback is listened on, and only by its own names is it asked: a page of a foreign name that was
 *   made to point here (DNS rebinding) is refused. With a token any name will do, because the cookie goes to one name only.
 * - Whoever writes says by `Origin` that the request comes from this very page, which a foreign page cannot (CSRF). A
 *   bearer token needs no origin: no browser sends it by itself.
 */
export class Access {
  readonly #sessions: Sessions | undefined;
  readonly #cookie: string;
  readonly #names: ReadonlySet<string>;

  constructor(address: ListenAddress, token: string | undefined) {
    this.#sessions = token === undefined ? undefined : new Sessions(token);
    // Cookies know no ports: two servers on one host must not sign each other's users out.
    this.#cookie = `tenure-ui-${address.port}`;
    const hosts = ['127.0.0.1', 'localhost', '::1', ...(isLoopback(address.host) ? [address.host] : [])];
    const names = hosts.map((host) => hostText({ host, port: address.port }));
    // Clients leave out the port of HTTP.
    this.#names = new Set(address.port === 80 ? [...names, ...names.map((name) => name.replace(/:80$/, ''))] : names);
  }

  get wantsToken(): boolean {
    return this.#sessions !== undefined;
  }

  /** @throws Refused 421 */
  assertHost({ headers: { host } }: IncomingMessage): void {
    if (this.#sessions === undefined && !this.#names.has(String(host).toLowerCase())) {
      throw new Refused(421, 'this name is not one of this server; open it by its address');
    }
  }

  /** @throws Refused 403 */
  assertOrigin(request: IncomingMessage): void {
    if (this.#isBearer(request)) return;
    const { origin, host } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const own = origin !== undefined && URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
    if (!own || (site !== undefined && site !== 'same-origin')) {
      throw new Refused(403, 'only the page of this server itself may ask for this');
    }
  }

  isAllowed(request: IncomingMessage): boolean {
    if (this.#sessions === undefined || this.#isBearer(request)) return true;
    const id = this.#sessionOf(request);
    return id !== undefined && this.#sessions.has(id);
  }

  /** The cookie of a browser that showed the right token. @throws Refused 403 */
  signIn(token: string): string {
    if (this.#sessions?.isToken(token) !== true) throw new Refused(403, 'that is not the token');
    return `${this.#cookie}=${this.#sessions.start()}; ${ATTRIBUTES}`;
  }

  /** The cookie that takes it away. */
  signOut(request: IncomingMessage): string {
    const id = this.#sessionOf(request);
    if (id !== undefined) this.#sessions?.end(id);
    return `${this.#cookie}=; ${ATTRIBUTES}; Max-Age=0`;
  }

  #isBearer({ headers: { authorization = '' } }: IncomingMessage): boolean {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    return token !== undefined && this.#sessions?.isToken(token) === true;
  }

  #sessionOf({ headers: { cookie = '' } }: IncomingMessage): string | undefined {
    const pairs = cookie.split(';').map((pair) => pair.trim().split('='));
    return pairs.find(([name]) => name === this.#cookie)?.[1];
  }
}

const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Strict';
