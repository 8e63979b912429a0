import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Dcs, DcsError } from '@tenure/core';
import type { z } from 'zod';
import { EXIT, Exit } from '../cli/exit.ts';
import type { Answer, Target } from '../page/wire.ts';
import { Access } from './access.ts';
import { hostText, type ListenAddress } from './address.ts';
import type { Asset } from './assets.ts';
import { bodyOf, configBody, flushBody, pauseBody, signInBody, switchoverBody } from './body.ts';
import { clusterId } from './cluster-json.ts';
import { BEAT, EventStream } from './event-stream.ts';
import type { NamespaceFeed } from './feed.ts';
import { SAFE_HEADERS } from './headers.ts';
import { Refused } from './refused.ts';
import { Writes } from './writes.ts';

export interface PageOptions {
  readonly dcs: Dcs;
  readonly feed: NamespaceFeed;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly address: ListenAddress;
  readonly token?: string;
  readonly writable: boolean;
}

/** What anybody may have: it says nothing of any cluster. */
const OPEN_ASSETS: ReadonlySet<string> = new Set([
  ...['/sign-in', '/sign-in.js', '/dom.js', '/request.js', '/style.css', '/icon.svg'],
]);

/** The server of the page. */
export class PageServer implements AsyncDisposable {
  readonly #options: PageOptions;
  readonly #writes: Writes;
  readonly #server: Server;
  /** Known once it listens: the port may have been any. */
  #access: Access;

  private constructor(options: PageOptions) {
    this.#options = options;
    this.#writes = new Writes(options.dcs);
    this.#access = new Access(options.address, options.token);
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  /** @throws Error of the system when the address cannot be listened on */
  static async listen(options: PageOptions): Promise<PageServer> {
    const page = new PageServer(options);
    const { host, port } = options.address;
    page.#server.listen(port, host);
    await once(page.#server, 'listening');
    page.#access = new Access(page.address, options.token);
    return page;
  }

  get address(): ListenAddress {
    const { port } = this.#server.address() as AddressInfo;
    return { host: this.#options.address.host, port };
  }

  get url(): string {
    return `http://${hostText(this.address)}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of SAFE_HEADERS) response.setHeader(name, value);
    try {
      await this.#route(request, response);
    } catch (error) {
      const { status, answer } = toRefused(error);
      // Of a request that was not read to its end the rest may still come.
      if (!request.complete) response.setHeader('connection', 'close');
      if (!response.headersSent) sendJson(response, status, answer);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '' } = request;
    const path = (request.url ?? '').split('?')[0] ?? '';
    this.#access.assertHost(request);
    if (method === 'GET' || method === 'HEAD') return this.#get(path, request, response);
    if (method !== 'POST') throw new Refused(405, 'GET and POST are all there is');
    this.#access.assertOrigin(request);
    if (path === '/sign-in') {
      const { token } = await bodyOf(request, signInBody);
      response.setHeader('set-cookie', this.#access.signIn(token));
      return sendJson(response, 200, { message: 'signed in' });
    }
    this.#assertAllowed(request);
    if (path === '/sign-out') {
      response.setHeader('set-cookie', this.#access.signOut(request));
      return sendJson(response, 200, { message: 'signed out' });
    }
    sendJson(response, 200, await this.#write(path, request));
  }

  #get(path: string, request: IncomingMessage, response: ServerResponse): void {
    if (path === '/' && !this.#access.isAllowed(request)) {
      response.writeHead(303, { location: '/sign-in' }).end();
      return;
    }
    if (!OPEN_ASSETS.has(path)) this.#assertAllowed(request);
    if (path === '/events' && request.method === 'GET') {
      this.#stream(request, response);
      return;
    }
    const asset = this.#options.assets.get(path);
    if (asset === undefined) throw new Refused(404, 'there is nothing here');
    response.writeHead(200, { 'content-type': asset.type, 'content-length': asset.body.length });
    response.end(request.method === 'HEAD' ? undefined : asset.body);
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    const { dcs, feed, writable } = this.#options;
    const about = {
      namespace: dcs.namespace,
      store: dcs.store.name,
      writable,
      signedIn: this.#access.wantsToken,
      confirmedWithin: dcs.timing.loopWait,
      beat: BEAT,
    };
    new EventStream(response, feed, about, () => this.#access.isAllowed(request));
  }

  #assertAllowed(request: IncomingMessage): void {
    if (!this.#access.isAllowed(request)) throw new Refused(401, 'show the token first');
  }

  async #write(path: string, request: IncomingMessage): Promise<Answer> {
    const writes = this.#writes;
    switch (path) {
      case '/pause':
        return await writes.pause(await this.#asked(request, pauseBody));
      case '/config':
        return await writes.config(await this.#asked(request, configBody));
      case '/switchover':
        return await writes.switchover(await this.#asked(request, switchoverBody));
      case '/flush':
        return await writes.flush(await this.#asked(request, flushBody));
      default:
        throw new Refused(404, 'there is nothing here');
    }
  }

  async #asked<T extends Target>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
    if (!this.#options.writable) throw new Refused(403, 'this server only shows: it was started read-only');
    const body = await bodyOf(request, schema);
    const id = clusterId({ scope: body.scope, group: body.group ?? undefined });
    if (this.#options.feed.clusters.some((cluster) => cluster.id === id)) return body;
    throw new Refused(404, `there is no cluster ${id}`);
  }
}

/** What an error is to whoever asked. */
function toRefused(error: unknown): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof Exit) return new Refused(error.code === EXIT.usage ? 400 : 409, error.message);
  if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) {
    return new Refused(400, error.message);
  }
  if (DcsError.is(error)) {
    const unknown = error.maybeApplied ? '; the change may have taken effect: look before you repeat it' : '';
    return new Refused(503, `${error.message}${unknown}`);
  }
  return new Refused(500, 'this server made a mistake');
}

function sendJson(response: ServerResponse, status: number, answer: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer));
}
