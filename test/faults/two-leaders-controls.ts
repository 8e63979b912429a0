import { setTimeout as sleep } from 'node:timers/promises';
import { Etcd3 } from 'etcd3';
import type { Server } from '../clients/connect.ts';
import { Consul, CreateMode, createClient, Exception } from '../clients/libraries.ts';

/** One member of an election held with the client library alone. */
export interface Contest {
  readonly endpoint: string;
  readonly scope: string;
  /** Milliseconds. */
  readonly ttl: number;
  readonly name: string;
  /** It is told that it leads; that it does so no longer. It believes what it was told last. */
  readonly elected: () => void;
  readonly lost: () => void;
}

/** Competes until it is told to leave. */
export type Control = (contest: Contest) => () => Promise<void>;

export const controlNames: Readonly<Record<Server, string>> = {
  etcd: "etcd3's Election",
  consul: 'session lock',
  zookeeper: 'ephemeral node',
};

export const controls: Readonly<Record<Server, Control>> = {
  etcd: etcdElection,
  consul: consulLock,
  zookeeper: ephemeralNode,
};

/** etcd3's own Election, used as its documentation shows it. */
function etcdElection({ endpoint, scope, ttl, name, elected, lost }: Contest): () => Promise<void> {
  const client = new Etcd3({ hosts: endpoint });
  const campaign = client.election(scope, ttl / 1000).campaign(name);
  campaign.on('elected', elected);
  // An unheard 'error' would end this process.
  campaign.on('error', lost);
  return async () => {
    await campaign.resign().catch(() => undefined);
    client.close();
  };
}

/**
 * Consul's own recipe, "Application Leader Election with Sessions", written with the npm library `consul`, which has no lock of its
 * own any more: a session with a TTL, a key acquired with it, the session renewed well within the TTL, and office
 * believed in until a renewal fails. The TTL is half of ours, since Consul ends a session at twice its TTL, and the lock delay the
 * least that the library's documentation allows, so that a rival may follow about as soon as ours.
 */
function consulLock({ endpoint, scope, ttl, name, elected, lost }: Contest): () => Promise<void> {
  const [host = '', port] = endpoint.split(':');
  const consul = new Consul({ host, port: Number(port) });
  const stop = new AbortController();
  const compete = async () => {
    const { ID } = await consul.session.create({ name, ttl: `${ttl / 2}ms`, lockdelay: '1s', behavior: 'release' });
    let leads = false;
    try {
      while (!stop.signal.aborted) {
        await consul.session.renew(ID);
        if (!leads && (await consul.kv.set({ key: `lock/${scope}`, value: name, acquire: ID })) === true) {
          leads = true;
          elected();
        }
        await sleep(ttl / 8, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    } finally {
      lost();
      await consul.session.destroy(ID).catch(() => undefined);
    }
  };
  const competing = compete().catch(() => undefined);
  return async () => {
    stop.abort();
    await competing;
  };
}

/**
 * The usual recipe with `node-zookeeper-client`: whoever creates the ephemeral node leads, the others watch it; office is
 * believed in until the library tells that the connection or the session is lost.
 */
function ephemeralNode({ endpoint, scope, ttl, name, elected, lost }: Contest): () => Promise<void> {
  const client = createClient(endpoint, { sessionTimeout: ttl });
  const folder = '/lock';
  const path = `${folder}/${scope}`;
  const compete = () => {
    client.create(path, Buffer.from(name), CreateMode.EPHEMERAL, (error) => {
      if (!error) elected();
      else if (error.code === Exception.NODE_EXISTS) {
        client.exists(path, compete, (failure, stat) => {
          if (!failure && stat === undefined) compete();
        });
      }
    });
  };
  client.once('connected', () => client.mkdirp(folder, compete));
  client.on('disconnected', lost);
  client.on('expired', lost);
  client.connect();
  return async () => client.close();
}
