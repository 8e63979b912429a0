import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';

/** What a real agent cannot be made to do: an HTTP server that behaves as the test wants. Its endpoint. */
export async function scripted(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  host = '127.0.0.1',
): Promise<string> {
  const server = createServer(answer);
  // Idle connections are the client's to keep or the test's to end.
  server.keepAliveTimeout = 60_000;
  server.listen(0, host);
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export function json(response: ServerResponse, body: unknown, index = 1): void {
  response.setHeader('x-consul-index', index);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}

/** `txn`, `kv`, `session/create` …: what a request asks for, and how. */
export function asked({ url = '' }: IncomingMessage): { readonly what: string; readonly query: URLSearchParams } {
  const { pathname, searchParams } = new URL(url, 'http://agent');
  const [, , what = '', verb = ''] = pathname.split('/');
  return { what: what === 'session' ? `session/${verb}` : what, query: searchParams };
}

/** A sound answer to whatever is asked, of a server without keys. */
export function sound(request: IncomingMessage, response: ServerResponse): void {
  const { what } = asked(request);
  if (what === 'session/create') json(response, { ID: 'mine' });
  else if (what === 'session/renew') json(response, [{ ID: 'mine' }]);
  else if (what === 'txn') request.resume().on('end', () => json(response, { Results: [] }));
  else if (what === 'kv') json(response, []);
  else json(response, null);
}
