import { type Clock, TlsFiles } from '@tenure/core';
import { type ConsulOptions, parseEndpoint } from './options.ts';
import { tokenOf } from './token.ts';
import { ConsulWire } from './wire.ts';

/** One wire for each endpoint, each endpoint once; all with the same certificates and token. */
export function wiresOf(
  options: ConsulOptions,
  clock: Clock,
  token = tokenOf(options, clock),
): readonly { readonly url: string; readonly rpc: ConsulWire }[] {
  const { endpoints, tls, dc } = options;
  const files = tls === undefined ? undefined : new TlsFiles('consul', tls, clock);
  const common = { dc, tls: () => files?.current(), token };
  const parsed = endpoints.map((endpoint, index) => parseEndpoint(endpoint, tls !== undefined, `endpoints[${index}]`));
  const byUrl = new Map(parsed.map((endpoint) => [endpoint.url, endpoint]));
  return [...byUrl.values()].map(({ url, secure, host, port }) => ({
    url,
    rpc: new ConsulWire({ ...common, secure, host, port }),
  }));
}
