import { join } from 'node:path';
import { type Server, TICK } from '../clients/connect.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { startConsul, startEtcd, startZooKeeper } from '../servers/index.ts';
import type { Place } from './two-leaders-run.ts';

const start = {
  etcd: () => startEtcd({ version: '3.5', fast: true }),
  // Its least session TTL is 1 s, which makes a ttl of 2 s and more possible.
  consul: () => startConsul({ fast: true }),
  zookeeper: () => startZooKeeper({ version: '3.9', tickTime: TICK }),
};

/** A store of its own for a measurement; `cleanup` ends it. */
export async function placeOf(type: Place['type'], cleanup: AsyncDisposableStack): Promise<Place> {
  if (type === 'embedded') {
    const folder = cleanup.adopt(await temporaryFolder('tenure-two-leaders-'), (it) => it.remove());
    return { type, path: join(folder.path, 'store.db') };
  }
  const { endpoints } = cleanup.use<AsyncDisposable & { readonly endpoints: readonly string[] }>(await start[type]());
  const [host = '', port] = endpoints[0]?.split(':') ?? [];
  return { type: type satisfies Server, host, port: Number(port) };
}
