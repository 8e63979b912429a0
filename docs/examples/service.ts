/**
 * A service of which one instance answers: it gives out numbers, each once. Start it on every host and put a load balancer before them that asks
 * `GET /leader` on the health port; see docs/observability.md for HAProxy's lines.
 *
 *     node service.ts 'etcd://10.0.0.1:2379/numbers?name=node1&ttl=10&stop_budget=3' 10.0.0.4 8080 8008
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { DcsError, type Lease, lead, open } from 'tenure';
import { HealthEndpoint } from 'tenure/health';
import { Metrics } from 'tenure/metrics';
import { stopOnSignals } from './stopping.ts';

const [store = '', host = '', port = '', healthPort = ''] = process.argv.slice(2);
if (healthPort === '') throw new Error('usage: service.ts <store-url> <host> <port> <health-port>');

const stopping = stopOnSignals();
using metrics = new Metrics();
await using dcs = await open(store);
await using _health = await HealthEndpoint.open(dcs, { host, port: Number(healthPort) });
const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => fail(response, error));
});
// The balancer sends clients as soon as the lease is held: whoever stands for office answers already.
await once(server.listen(Number(port), host), 'listening');
try {
  await dcs.announce({ state: 'running', api_url: `http://${host}:${port}/` }).catch(laterUnlessRefused);
  await lead(dcs, ended, { signal: stopping });
} catch (error) {
  if (!stopping.aborted) throw error;
} finally {
  server.close();
  server.closeAllConnections();
}

/** A store that is away at the start is waited for: `lead` does, and tells then what this member says of itself. */
function laterUnlessRefused(error: unknown): void {
  if (!DcsError.is(error, 'UNAVAILABLE')) throw error;
}

/** There is nothing to do for the leader but to answer, until it is none. */
async function ended(lease: Lease): Promise<void> {
  await new Promise((resolve) => lease.signal.addEventListener('abort', resolve, { once: true }));
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/metrics') {
    response.setHeader('Content-Type', metrics.contentType).end(await metrics.text());
    return;
  }
  if (request.method !== 'POST' || request.url !== '/next') {
    response.writeHead(404).end('POST /next, GET /metrics\n');
    return;
  }
  const { lease } = dcs;
  if (lease === undefined) {
    response.writeHead(503, { 'Retry-After': '1' }).end('not the leader\n');
    return;
  }
  response.end(`${await next(lease)}\n`);
}

/**
 * The store takes the number only while our term lasts: an instance that was paused here, and deposed meanwhile, gives out none. A
 * write without an answer may have used its number up: it is given to nobody.
 */
async function next(lease: Lease): Promise<number> {
  lease.assertHeld();
  const stored = await dcs.status.update((last) => ({ ...last, optime: (last?.optime ?? 0) + 1 }), { fence: lease });
  return stored?.optime ?? 0;
}

function fail(response: ServerResponse, error: unknown): void {
  console.error(String(error));
  response.writeHead(DcsError.is(error) ? 503 : 500).end(`${DcsError.is(error) ? error.code : 'internal error'}\n`);
}
