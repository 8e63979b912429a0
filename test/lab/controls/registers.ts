import type { Store, Version } from '@tenure/core';
import { Consul, CreateMode, createClient, Exception, settled } from '../../clients/libraries.ts';
import { consulDocument } from './consul-document.ts';
import { type Contest, keyOf } from './control.ts';
import { etcdClient } from './etcd-client.ts';
import { etcdDocument } from './etcd-document.ts';
import type { Register } from './leader-election.ts';
import { zooKeeperDocument } from './zookeeper-document.ts';

/** The register of the algorithm on each store, by the client library alone. */

export function etcdRegister(contest: Contest): Register<string> {
  const { scope, seen } = contest;
  const client = etcdClient(contest);
  const key = keyOf(scope, 'leader');
  const document = etcdDocument(client, keyOf(scope, 'config'), seen);
  return {
    ...document,
    get: async () => {
      const { kvs } = await client.get(key).exec();
      return kvs[0] && { value: kvs[0].value.toString(), version: kvs[0].mod_revision };
    },
    put: async (value, version) => {
      const guarded = version === undefined ? client.if(key, 'Create', '==', 0) : client.if(key, 'Mod', '==', version);
      return (await guarded.then(client.put(key).value(value)).commit()).succeeded;
    },
    leave: async () => {
      await document.end();
      client.close();
    },
  };
}

export function consulRegister({ endpoints, scope, seen }: Contest): Register<number> {
  const [host = '', port] = endpoints[0]?.split(':') ?? [];
  const consul = new Consul({ host, port: Number(port) });
  const key = keyOf(scope, 'leader').slice(1);
  const document = consulDocument(consul, keyOf(scope, 'config').slice(1), seen);
  return {
    ...document,
    get: async () => {
      const pair = await consul.kv.get({ key, consistent: true });
      return pair && { value: pair.Value ?? '', version: pair.ModifyIndex };
    },
    // Index 0: there must be nothing.
    put: async (value, version) => (await consul.kv.set({ key, value, cas: String(version ?? 0) })) === true,
    leave: async () => document.end(),
  };
}

export function zooKeeperRegister({ endpoints, scope, ttl, seen }: Contest): Register<number> {
  const path = keyOf(scope, 'leader');
  const folder = path.slice(0, path.lastIndexOf('/'));
  const client = createClient(endpoints.join(), { sessionTimeout: ttl });
  const document = zooKeeperDocument(client, keyOf(scope, 'config'), seen);
  client.connect();
  return {
    ...document,
    get: () =>
      new Promise((resolve, reject) =>
        client.getData(path, (failure, data, stat) => {
          if (!failure) resolve({ value: String(data), version: stat.version });
          else if (failure.code === Exception.NO_NODE) resolve(undefined);
          else reject(failure);
        }),
      ),
    put: async (value, version) => {
      try {
        if (version !== undefined) await guardedSet(client, path, value, version);
        else {
          await settled((done) => client.mkdirp(folder, done));
          await settled((done) => client.create(path, Buffer.from(value), CreateMode.PERSISTENT, done));
        }
        return true;
      } catch (error) {
        if (REFUSALS.has((error as { readonly code?: number }).code)) return false;
        throw error;
      }
    },
    leave: async () => client.close(),
  };
}

/** BADVERSION, NODEEXISTS, NONODE. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([-103, -110, -101]);

/** The library takes version 0 for any version: in a transaction it can be set right. */
function guardedSet(client: ReturnType<typeof createClient>, path: string, value: string, version: number) {
  const transaction = client.transaction().setData(path, Buffer.from(value), version);
  const [op] = transaction.ops;
  if (op !== undefined) op.version = version;
  return new Promise<void>((resolve, reject) => transaction.commit((error) => (error ? reject(error) : resolve())));
}

/** On a store that has no client library but ours. */
export function storeRegister(store: Store, { scope, seen }: Contest): Register<Version> {
  const leader = keyOf(scope, 'leader');
  const config = keyOf(scope, 'config');
  const stop = new AbortController();
  const entry = async (key: string) => (await store.read(key)).entries.get(key);
  const follow = async () => {
    for await (const { entries } of store.watch(config, { signal: stop.signal }))
      seen(entries.get(config)?.value ?? null);
  };
  follow().catch(() => undefined);
  return {
    get: () => entry(leader),
    put: async (value, version) => {
      const guards = [{ key: leader, version: version ?? null }];
      return (await store.commit({ guards, writes: [{ type: 'put', key: leader, value }] })) !== undefined;
    },
    read: async () => (await entry(config))?.value ?? null,
    write: async (value) => void (await store.commit({ guards: [], writes: [{ type: 'put', key: config, value }] })),
    leave: async () => {
      stop.abort();
      await store.close();
    },
  };
}
