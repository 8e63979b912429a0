import { type Harness, proxyHarness } from '@tenure/conformance';
import { type ZooKeeperOptions, zookeeper } from '@tenure/zookeeper';
import { TICK } from '../clients/connect.ts';
import { createClient, Exception, settled, type ZooKeeperClient } from '../clients/libraries.ts';
import { restartEach, type Served, toAddress } from '../servers/served.ts';

/** Milliseconds. Two thirds of it are asked of the servers, whose `maxSessionTimeout` is 120 s. */
const MAX_TTL = 60_000;

/**
 * A real ZooKeeper behind fault proxies. The server looks for expired sessions once a tick (SessionTrackerImpl), and one
 * that restarts or takes the lead begins all timeouts anew: the grace is that of a server that stays up.
 */
export function zookeeperHarness(
  cluster: Served,
  name: string,
  options: Partial<ZooKeeperOptions> = {},
): Harness & AsyncDisposable {
  let admin: Promise<ZooKeeperClient> | undefined;
  const connected = () => {
    admin ??= connect(cluster.endpoints.join()) as Promise<ZooKeeperClient>;
    return admin;
  };
  const proxied = proxyHarness({
    name,
    // Guaranteed of it are 4000·⅔·⅞ − 250 = 2083 ms: a renewal each sixth of the ttl and a quarter of it to stop in leave
    // a busy machine 400 ms.
    ttl: 4000,
    grace: 2 * TICK,
    endpoints: cluster.endpoints.map(toAddress),
    connect: (endpoints) =>
      zookeeper({
        tickTime: TICK,
        maxTtl: MAX_TTL,
        ...options,
        hosts: endpoints.map(({ host, port }) => `${host}:${port}`),
      }),
    expire: (session) => closeSession(cluster.endpoints.join(), session.id),
    restart: async () => {
      (await admin)?.close();
      admin = undefined;
      await restartEach(cluster);
    },
    admin: {
      putRaw: async (key, bytes) => {
        const client = await connected();
        await settled((done) => client.mkdirp(key, done));
        await settled((done) => client.setData(key, Buffer.from(bytes), done));
      },
      delete: async (key) => {
        const client = await connected();
        await settled((done) => client.remove(key, done));
      },
      get: async (key) => {
        const client = await connected();
        return await new Promise((resolve, reject) => {
          client.getData(key, (error, data) => {
            if (error === null || error === undefined) resolve(data);
            else if (error.code === Exception.NO_NODE) resolve(undefined);
            else reject(error);
          });
        });
      },
    },
  });
  return {
    ...proxied,
    [Symbol.asyncDispose]: async () => {
      (await admin)?.close();
      await proxied[Symbol.asyncDispose]();
    },
  };
}

/** `undefined` when the session that is to be taken up has ended. */
async function connect(servers: string, identity: { sessionId?: Buffer; sessionPassword?: Buffer } = {}) {
  const client = createClient(servers, { sessionTimeout: 30_000, ...identity });
  const isUp = await new Promise<boolean>((resolve) => {
    client.once('connected', () => resolve(true));
    client.once('expired', () => resolve(false));
    client.connect();
  });
  return isUp ? client : undefined;
}

/**
 * Whoever knows the password of a session may close it, and the password follows from the id
 * (ZooKeeperServer.generatePasswd: sixteen bytes of java.util.Random seeded with the id and a constant). The server drops the
 * connection that the session had, and its owner may take it back before the close is sent: hence again, until it has ended.
 */
async function closeSession(servers: string, id: string): Promise<void> {
  const sessionId = Buffer.alloc(8);
  sessionId.writeBigInt64BE(BigInt(id));
  for (;;) {
    const client = await connect(servers, { sessionId, sessionPassword: passwordOf(BigInt(id)) });
    if (client === undefined) return;
    const closed = new Promise<void>((resolve) => client.once('disconnected', resolve));
    client.close();
    await closed;
  }
}

function passwordOf(id: bigint): Buffer {
  const mask = (1n << 48n) - 1n;
  let seed = (BigInt.asUintN(64, id ^ 0xb3415c00n) ^ 0x5deece66dn) & mask;
  const password = Buffer.alloc(16);
  for (let at = 0; at < 16; at += 4) {
    seed = (seed * 0x5deece66dn + 0xbn) & mask;
    password.writeInt32LE(Number(BigInt.asIntN(32, seed >> 16n)), at);
  }
  return password;
}
