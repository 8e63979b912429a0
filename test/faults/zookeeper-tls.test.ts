import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Dcs, DcsError } from '@tenure/core';
import { zookeeper } from '@tenure/zookeeper';
import { TICK } from '../clients/connect.ts';
import { type Certificates, makeCertificates } from '../servers/certs.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { startZooKeeper } from '../servers/index.ts';
import { Contender, undisturbed } from './outage-contender.ts';
import { everyOperation } from './outage-dead-node.ts';
import { ms, newScope, now, until } from './outage-parts.ts';
import { zookeeperBackend } from './zookeeper.ts';

const { roomy } = zookeeperBackend('3.9');
/** A server may need long to start on a machine that others load. */
const patient = { ttl: 60_000, loopWait: 1000, retryTimeout: 10_000 };
const cluster = await startZooKeeper({ version: '3.9', nodes: 3, tickTime: TICK, tls: true });
const folder = await temporaryFolder('tenure-rotation-');
after(async () => {
  await cluster.stop();
  await folder.remove();
});
const old = cluster.certs as Certificates;
/** Where all servers have their certificate and key, and their authority. */
const served = dirname(dirname(old.ca));

/** At once, as a rotation does: whoever reads sees the old or the new file. */
function replace(path: string, content: string | Buffer): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

suite('ZooKeeper 3.9 with certificates', () => {
  const setAcls = { 'CN=client': ['CREATE', 'READ', 'WRITE', 'DELETE'] } as const;

  test('the permissions of the page suffice for everything', { timeout: 60_000 }, async () => {
    await using store = zookeeper({
      ...{ hosts: cluster.endpoints, tickTime: TICK, maxTtl: 60_000, setAcls },
      tls: { ca: old.ca, ...old.client },
    });
    await using dcs = new Dcs({ store, scope: newScope(), name: 'a', timing: roomy });
    await everyOperation(dcs);
  });

  test('every certificate is replaced, the authority too, one server of three after the other: the holder keeps its lease and is not started again', {
    timeout: 120_000,
  }, async (t) => {
    const tls = { ca: join(folder.path, 'ca'), cert: join(folder.path, 'cert'), key: join(folder.path, 'key') };
    copyFileSync(old.ca, tls.ca);
    copyFileSync(old.client.cert, tls.cert);
    copyFileSync(old.client.key, tls.key);
    const connect = (files: { ca: string; cert: string; key: string }) =>
      zookeeper({ hosts: cluster.endpoints, tickTime: TICK, maxTtl: 60_000, setAcls, tls: files });
    await using store = connect(tls);
    await using other = connect(tls);
    const next = await makeCertificates(join(folder.path, 'next'), 'next CA');
    const scope = newScope();
    await using holder = new Contender(store, scope, 'a', patient);
    await until('the election', () => holder.leads);
    await using rival = new Contender(other, scope, 'b', patient);
    await until('renewals', () => holder.renewalsAfter(0) > 1 && rival.knows(holder.term?.token ?? 0));

    const both = readFileSync(old.ca, 'utf8') + readFileSync(next.ca, 'utf8');
    const roll = async () => {
      const began = now();
      for (const node of cluster.nodes) {
        const at = now();
        await node.terminate();
        await node.restart();
        await cluster.ready();
        await until('both go on', () => holder.renewalsAfter(at) > 1 && rival.knows(holder.term?.token ?? 0));
      }
      return now() - began;
    };
    // First everyone trusts both authorities and the clients show their new certificate; then the servers do, and trust no other.
    replace(tls.ca, both);
    replace(join(served, 'ca.pem'), both);
    const took = [await roll()];
    replace(tls.key, readFileSync(next.client.key));
    replace(tls.cert, readFileSync(next.client.cert));
    replace(join(served, 'server.pem'), readFileSync(next.server.key, 'utf8') + readFileSync(next.server.cert, 'utf8'));
    replace(join(served, 'ca.pem'), readFileSync(next.ca));
    took.push(await roll());
    replace(tls.ca, readFileSync(next.ca));

    // Not for want of checking: the old certificate and the old authority are of no use now.
    for (const files of [
      { ca: next.ca, ...old.client },
      { ca: old.ca, ...next.client },
    ]) {
      await using stale = connect(files);
      await assert.rejects(stale.read('/', { timeout: 1500 }), (error) => DcsError.is(error, 'UNAVAILABLE'));
    }
    const window = undisturbed(holder, rival);
    t.diagnostic(
      `two-leader window ${window === -Infinity ? 'none' : ms(window)}; two rolling restarts of three: ${took.map(ms).join(', ')}; ` +
        `longest gap ${ms(holder.longestGap)}, least validity ${ms(holder.term?.least ?? 0)} of ${patient.ttl}`,
    );
  });
});
