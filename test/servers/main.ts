import { parseArgs } from 'node:util';
import {
  type EtcdOptions,
  type EtcdVersion,
  install,
  relock,
  startConsul,
  startEtcd,
  startZooKeeper,
  type ZooKeeperVersion,
} from './index.ts';

const usage = `node test/servers/main.ts start etcd [--version 3.5|3.4] [--nodes 1|3] [--tls] [--auth] [--fast]
                                     [--quota-bytes N] [--auth-token-ttl SECONDS]
node test/servers/main.ts start consul [--nodes 1|3] [--tls] [--acl] [--fast]
node test/servers/main.ts start zookeeper [--version 3.9|3.8] [--nodes 1|3] [--tls] [--digest]
    starts a new cluster, prints how to reach it and keeps it until it is interrupted
node test/servers/main.ts install [etcd-3.5] [etcd-3.4] [consul-1.8] [zookeeper-3.8] [zookeeper-3.9] [jre-17]
                                     [docker-20.10] [patroni-3.0] [patroni-4.0] [patroni-4.1] [patroni-python]
                                     [postgresql-15] [chromium]
    fetches the servers into the cache folder (TENURE_TEST_CACHE, else .cache/servers)
node test/servers/main.ts lock
    pins servers.lock.json to what the suites offer now, by their signed indexes
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    version: { type: 'string' },
    nodes: { type: 'string', default: '1' },
    tls: { type: 'boolean', default: false },
    auth: { type: 'boolean', default: false },
    acl: { type: 'boolean', default: false },
    digest: { type: 'boolean', default: false },
    fast: { type: 'boolean', default: false },
    'quota-bytes': { type: 'string' },
    'auth-token-ttl': { type: 'string' },
  },
});

async function start(): Promise<void> {
  const quotaBytes = values['quota-bytes'];
  const authTokenTtl = values['auth-token-ttl'];
  const options: EtcdOptions = {
    version: (values.version ?? '3.5') as EtcdVersion,
    nodes: Number(values.nodes) as 1 | 3,
    tls: values.tls,
    auth: values.auth,
    fast: values.fast,
    ...(quotaBytes !== undefined && { quotaBytes: Number(quotaBytes) }),
    ...(authTokenTtl !== undefined && { authTokenTtl: Number(authTokenTtl) }),
  };
  const interrupted = interruption();
  await using cluster = await startEtcd(options);
  console.log(cluster.url);
  for (const node of cluster.nodes) {
    console.log(`  ${node.endpoint}  metrics http://${node.metricsEndpoint}/metrics  pid ${node.pid}`);
  }
  if (cluster.certs !== undefined) {
    const { ca, root, client, anon } = cluster.certs;
    console.log(`  ca ${ca}`);
    for (const { cert, key } of [root, client, anon]) console.log(`  cert ${cert}  key ${key}`);
  }
  if (cluster.username !== undefined) console.log(`  user ${cluster.username}  password ${cluster.password}`);
  await interrupted;
}

async function consul(): Promise<void> {
  const { tls, acl, fast } = values;
  const interrupted = interruption();
  await using cluster = await startConsul({ nodes: Number(values.nodes) as 1 | 3, tls, acl, fast });
  console.log(cluster.url);
  for (const node of cluster.nodes) console.log(`  ${node.endpoint}  pid ${node.pid}`);
  if (cluster.certs !== undefined) {
    const { ca, client } = cluster.certs;
    console.log(`  ca ${ca}\n  cert ${client.cert}  key ${client.key}`);
  }
  if (cluster.token !== undefined) console.log(`  token ${cluster.token}`);
  await interrupted;
}

async function zooKeeper(): Promise<void> {
  const { tls, digest, version = '3.9' } = values;
  const interrupted = interruption();
  const nodes = Number(values.nodes) as 1 | 3;
  await using cluster = await startZooKeeper({ version: version as ZooKeeperVersion, nodes, tls, digest });
  console.log(cluster.url);
  for (const node of cluster.nodes) console.log(`  ${node.endpoint}  pid ${node.pid}`);
  if (cluster.certs !== undefined) {
    const { ca, client } = cluster.certs;
    console.log(`  ca ${ca}\n  cert ${client.cert}  key ${client.key}`);
  }
  if (cluster.username !== undefined) console.log(`  digest ${cluster.username}:${cluster.password}`);
  await interrupted;
}

/** Keeps the process up until SIGINT or SIGTERM. */
function interruption(): Promise<void> {
  return new Promise((resolve) => {
    const alarm = setInterval(() => undefined, 2 ** 30);
    const stop = () => {
      clearInterval(alarm);
      resolve();
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
  });
}

const [verb, ...rest] = positionals;
if (verb === 'start' && rest.length === 1 && rest[0] === 'etcd') {
  await start();
} else if (verb === 'start' && rest.length === 1 && rest[0] === 'consul') {
  await consul();
} else if (verb === 'start' && rest.length === 1 && rest[0] === 'zookeeper') {
  await zooKeeper();
} else if (verb === 'install') {
  const folders = await install(rest.length > 0 ? rest : ['etcd-3.5', 'etcd-3.4']);
  for (const [name, folder] of Object.entries(folders)) console.log(`${name} is in ${folder}`);
} else if (verb === 'lock' && rest.length === 0) {
  const { components } = await relock();
  for (const [name, pinned] of Object.entries(components)) console.log(name, pinned.map((p) => p.version).join(' '));
} else {
  process.stderr.write(usage);
  process.exitCode = 2;
}
