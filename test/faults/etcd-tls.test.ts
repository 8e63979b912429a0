import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DcsError } from '@tenure/core';
import { etcd } from '@tenure/etcd';
import { type Certificates, makeCertificates } from '../servers/certs.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { startEtcd } from '../servers/index.ts';
import { Contender, undisturbed } from './outage-contender.ts';
import { ms, newScope, now, Route, startingAt, until } from './outage-parts.ts';

/** A member may need long to start on a machine that others load. */
const patient = { ttl: 30_000, loopWait: 1000, retryTimeout: 8000 } as const;

/** In one step, as rotations should be. */
function replace(file: string, content: Buffer): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

test('etcd 3.5, every certificate and the authority are replaced, one member of three after the other: the holder keeps its lease', {
  timeout: 180_000,
}, async (t) => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await temporaryFolder('tenure-rotation-'), (it) => it.remove());
  const cluster = stack.use(await startEtcd({ version: '3.5', nodes: 3, fast: true, tls: true }));
  const old = cluster.certs as Certificates;
  const next = await makeCertificates(join(folder.path, 'next'), 'next CA');
  const [oldCa, oldClient] = [
    readFileSync(old.ca),
    { cert: readFileSync(old.client.cert), key: readFileSync(old.client.key) },
  ];
  const newCa = readFileSync(next.ca);
  const tls = { ca: join(folder.path, 'ca'), cert: join(folder.path, 'cert'), key: join(folder.path, 'key') };
  copyFileSync(old.ca, tls.ca);
  copyFileSync(old.client.cert, tls.cert);
  copyFileSync(old.client.key, tls.key);
  const backend = { connect: (endpoints: readonly string[]) => etcd({ endpoints, tls }) };
  await using route = await Route.open(backend, cluster.endpoints);
  await using other = await Route.open(backend, startingAt(cluster.endpoints, 1));
  const scope = newScope();
  await using holder = new Contender(route.store, scope, 'a', patient);
  await until('the election', () => holder.leads);
  await using rival = new Contender(other.store, scope, 'b', patient);
  const both = async (what: string) => {
    // What is connected stays so, whatever is replaced: the certificates count for new connections.
    for (const proxy of [...route.proxies, ...other.proxies]) proxy.reset();
    const since = now();
    const go = () => holder.renewalsAfter(since) > 1 && rival.knows(holder.term?.token ?? 0);
    await until(`both go on ${what}`, () => go() || holder.term?.lostAt !== undefined);
  };
  await both('at first');
  /** A member reads its own certificate at each handshake, but the authorities only when it starts. */
  const roll = async (what: string) => {
    for (const node of cluster.nodes) {
      await node.terminate();
      await node.restart();
      await until(`${node.name} serves ${what}`, () => node.isHealthy());
      await both(what);
    }
  };
  const began = now();
  const bundle = Buffer.concat([oldCa, newCa]);
  replace(tls.ca, bundle);
  replace(old.ca, bundle);
  await roll('with two authorities');
  replace(old.server.key, readFileSync(next.server.key));
  replace(old.server.cert, readFileSync(next.server.cert));
  replace(tls.key, readFileSync(next.client.key));
  replace(tls.cert, readFileSync(next.client.cert));
  await both('with new certificates');
  replace(tls.ca, newCa);
  replace(old.ca, newCa);
  await roll('without the old authority');
  const took = now() - began;

  // Not for want of checking: the old certificate and the old authority are of no use now, and it is said why.
  const newClient = { cert: readFileSync(next.client.cert), key: readFileSync(next.client.key) };
  for (const [material, message] of [
    [{ ca: newCa, ...oldClient }, /unknown ca|certificate/],
    [{ ca: oldCa, ...newClient }, /certificate/],
  ] as const) {
    await using stale = etcd({ endpoints: cluster.endpoints, tls: material });
    const error = await stale.read('/', { timeout: 3000 }).catch((reason: unknown) => reason);
    assert.ok(DcsError.is(error, 'UNAVAILABLE'), String(error));
    assert.match(error.message, message);
  }
  const window = undisturbed(holder, rival);
  t.diagnostic(
    `two-leader window ${window === -Infinity ? 'none' : ms(window)}; rotated in ${ms(took)}, with two rolling restarts; ` +
      `longest gap ${ms(holder.longestGap)}, least validity ${ms(holder.term?.least ?? 0)} of ${patient.ttl}`,
  );
});
