import { setTimeout as sleep } from 'node:timers/promises';
import { Consul, type ConsulPair } from '../../clients/libraries.ts';
import { consulDocument } from './consul-document.ts';
import { type Competitor, type Contest, keyOf } from './control.ts';

/**
 * Consul's own recipe, "Application Leader Election with Sessions", written with the npm library `consul`, which has no lock of its
 * own any more: a session with a TTL, a key acquired with it, the session renewed by a timer well within the TTL, a watch on
 * the key, and office believed in until a renewal fails or the watch shows another's key. The TTL is half of ours, since Consul ends a
 * session at twice its TTL, and the lock delay the least that the library's documentation allows, so that a rival may follow
 * about as soon as ours.
 */
export function consulLock({ endpoints, scope, ttl, name, elected, lost, seen }: Contest): Competitor {
  const [host = '', port] = endpoints[0]?.split(':') ?? [];
  const consul = new Consul({ host, port: Number(port) });
  const key = keyOf(scope, 'leader').slice(1);
  const stop = new AbortController();
  const { signal } = stop;
  let session: string | undefined;
  let leads = false;
  const lose = () => {
    if (leads) lost();
    leads = false;
  };
  const term = async () => {
    const { ID } = await consul.session.create({ name, ttl: `${ttl / 2}ms`, lockdelay: '1s', behavior: 'delete' });
    session = ID;
    try {
      while (!signal.aborted) {
        await consul.session.renew(ID);
        if (!leads && (await consul.kv.set({ key, value: name, acquire: ID })) === true) {
          leads = true;
          elected();
        }
        await sleep(ttl / 8, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      lose();
      await consul.session.destroy(ID).catch(() => undefined);
    }
  };
  const compete = async () => {
    while (!signal.aborted) {
      await term().catch(() => undefined);
      await sleep(ttl / 8, undefined, { signal }).catch(() => undefined);
    }
  };
  const watch = consul.watch({ method: consul.kv.get.bind(consul.kv), options: { key } });
  watch.on('change', (pair: ConsulPair | undefined) => {
    if (pair?.Session !== session) lose();
  });
  watch.on('error', () => undefined);
  const competing = compete();
  const document = consulDocument(consul, keyOf(scope, 'config').slice(1), seen);
  return {
    ...document,
    leave: async () => {
      stop.abort();
      await competing;
      watch.end();
      document.end();
    },
  };
}
