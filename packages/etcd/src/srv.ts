import { Resolver } from 'node:dns/promises';
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { DcsError, type TlsMaterial } from '@tenure/core';
import { unavailable } from './errors.ts';
import { parseEndpoint } from './options.ts';

/** Services in the order in which Patroni's etcd.py asks for them. */
const SERVICES = ['-client-ssl', '-client', '-ssl', '', '-server-ssl', '-server'];
const LOOKUP = { timeout: 2000, tries: 2 };
const PEER_TIMEOUT = 3000;
const LARGEST_MEMBER_LIST = 1_048_576;

/** The part of `Resolver` that is used. */
export interface SrvResolver {
  resolveSrv(name: string): Promise<readonly { readonly name: string; readonly port: number }[]>;
  cancel(): void;
}

/**
 * The client URLs that a domain's SRV records name. `-server` records name peers, whose `/members` tells the client URLs.
 * The first service that has records counts.
 */
export class SrvLookup {
  readonly #domain: string;
  readonly #suffix: string;
  readonly #resolver: SrvResolver;
  readonly #material: () => TlsMaterial | undefined;
  readonly #cancelled = new AbortController();

  constructor(
    domain: string,
    suffix: string | undefined,
    material: () => TlsMaterial | undefined,
    resolver: SrvResolver = new Resolver(LOOKUP),
  ) {
    this.#domain = domain;
    this.#suffix = suffix === undefined ? '' : `-${suffix}`;
    this.#material = material;
    this.#resolver = resolver;
  }

  /** @throws DcsError UNAVAILABLE when no service has records */
  async find(): Promise<readonly string[]> {
    let cause: unknown;
    for (const service of SERVICES) {
      this.#cancelled.signal.throwIfAborted();
      const name = `_etcd${service}${this.#suffix}._tcp.${this.#domain}`;
      try {
        const records = await this.#resolver.resolveSrv(name);
        const scheme = service.endsWith('-ssl') || this.#material() !== undefined ? 'https' : 'http';
        const urls = records.map((record) => `${scheme}://${record.name}:${record.port}`);
        const found = service.startsWith('-server') ? await this.#clientUrls(urls) : urls;
        if (found.length > 0) return found;
      } catch (error) {
        cause = error;
      }
    }
    const why = cause instanceof Error ? cause.message : 'they are empty';
    throw new DcsError('UNAVAILABLE', `etcd: no SRV record of ${this.#domain} names an endpoint: ${why}`, {
      store: 'etcd',
      cause,
    });
  }

  /** Ends what is under way; nothing more is asked. */
  cancel(): void {
    this.#cancelled.abort(unavailable('the lookup was cancelled'));
    this.#resolver.cancel();
  }

  async #clientUrls(peers: readonly string[]): Promise<readonly string[]> {
    let cause: unknown;
    for (const peer of peers) {
      this.#cancelled.signal.throwIfAborted();
      try {
        const members: unknown = JSON.parse(await getText(`${peer}/members`, this.#material(), this.#cancelled.signal));
        if (!Array.isArray(members)) throw unavailable(`${peer}/members is not a list`);
        return members.flatMap((member: { clientURLs?: unknown }) =>
          Array.isArray(member.clientURLs)
            ? member.clientURLs.map((url) => parseEndpoint(url, false, 'clientURLs'))
            : [],
        );
      } catch (error) {
        cause = error;
      }
    }
    throw cause;
  }
}

function getText(url: string, material: TlsMaterial | undefined, signal: AbortSignal): Promise<string> {
  const answer = Promise.withResolvers<string>();
  const options = {
    signal,
    timeout: PEER_TIMEOUT,
    agent: false as const,
    ...(material !== undefined && tlsOptions(material)),
  };
  const request = (url.startsWith('https:') ? getSecure : getPlain)(url, options, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > LARGEST_MEMBER_LIST) request.destroy(new Error(`${url} is too long`));
    });
    response.on('error', answer.reject);
    response.on('end', () => {
      if (response.statusCode === 200) answer.resolve(text);
      else answer.reject(new Error(`${url} answered ${response.statusCode}`));
    });
  });
  request.on('timeout', () => request.destroy(new Error(`${url} did not answer in ${PEER_TIMEOUT} ms`)));
  request.on('error', answer.reject);
  return answer.promise;
}

function tlsOptions({ ca, cert, key }: TlsMaterial) {
  return { ca, ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}
