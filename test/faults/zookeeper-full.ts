import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { DcsError } from '@tenure/core';
import { zookeeper } from '@tenure/zookeeper';
import { TICK } from '../clients/connect.ts';
import { requireTools } from '../servers/exec.ts';
import { startZooKeeper, type ZooKeeperCluster } from '../servers/index.ts';
import type { ServerNode } from '../servers/node.ts';
import { Officer } from './officer.ts';
import { Contender, succession } from './outage-contender.ts';
import { mend, ms, newScope, now, SLACK, until } from './outage-parts.ts';
import { zookeeperBackend } from './zookeeper.ts';
import { Admin } from './zookeeper-admin.ts';

const run = promisify(execFile);
const { roomy, short } = zookeeperBackend('3.9');

/** No file of it may grow or be written at all: EFBIG from each write, to the server what ENOSPC is. A new process has its own limits. */
async function fillDisk({ pid }: ServerNode): Promise<void> {
  await run('prlimit', ['--pid', String(pid), '--fsize=1:1']);
}

/** Three servers with `enforceQuota=true`. Leaves them as they were. */
export function full(cluster: ZooKeeperCluster): void {
  const connect = ({ endpoints }: ZooKeeperCluster = cluster) =>
    zookeeper({ hosts: endpoints, tickTime: TICK, maxTtl: 60_000, authData: { digest: 'super:secret' } });

  suite('no room', () => {
    test('a quota is reached: writes are LIMIT, the holder keeps its office, and writes again when it is raised', {
      timeout: 60_000,
    }, async () => {
      await using admin = await Admin.open(cluster.endpoints);
      await using store = connect();
      const scope = newScope();
      await using holder = await Officer.elect({ store, scope, name: 'a', timing: roomy });
      const { dcs, lease } = holder;
      assert.ok(await dcs.config.write({ a: 1 }, { fence: lease }));
      const quota = `/zookeeper/quota/service/${scope}`;
      await admin.make(`${quota}/zookeeper_stats`, 'count=1,bytes=0');
      await admin.make(`${quota}/zookeeper_limits`, 'count=-1,bytes=-1;byteHardLimit=200;countHardLimit=-1');
      const big = { text: 'x'.repeat(300) };
      const isLimit = (error: unknown) =>
        DcsError.is(error, 'LIMIT') && !error.maybeApplied && /quota/.test(error.message);
      await assert.rejects(dcs.config.write(big, { fence: lease }), isLimit);
      await assert.rejects(lease.renew({ failsafe: { a: big.text } }), isLimit);
      assert.deepEqual((await dcs.view()).config.value, { a: 1 });
      // What writes nothing is renewed as ever.
      const before = lease.deadline;
      await lease.renew();
      assert.ok(lease.held && lease.deadline > before);
      await admin.write(`${quota}/zookeeper_limits`, 'count=-1,bytes=-1;byteHardLimit=2000;countHardLimit=-1');
      assert.ok(await dcs.config.write(big, { fence: lease }));
      await lease.renew({ failsafe: { a: big.text } });
      assert.equal((await dcs.view()).leader?.token, lease.token);
      assert.equal(holder.failures.length, 0);
    });

    test("the leader's disk of three is full: the others go on without it, and the holder keeps its lease", {
      timeout: 120_000,
    }, async (t) => {
      requireTools('Filling a disk', ['prlimit']);
      await using store = connect();
      await using other = connect();
      const scope = newScope();
      await using holder = new Contender(store, scope, 'a', roomy);
      await until('the election', () => holder.leads);
      await using rival = new Contender(other, scope, 'b', roomy);
      await until('the rival waits', () => rival.knows(holder.term?.token ?? 0));
      const leader = await cluster.leaderIndex();
      const node = cluster.nodes[leader];
      assert.ok(node);
      const at = now();
      await fillDisk(node);
      const put = { type: 'put', key: `/service/${scope}/config`, value: '{}' } as const;
      const written = async () => await other.commit({ guards: [], writes: [put] }).catch(() => undefined);
      // It gives up by itself: what it cannot log it does not acknowledge.
      const deposed = async () => {
        await written();
        return (await cluster.leaderIndex().catch(() => leader)) !== leader;
      };
      await until('another leads', deposed, SLACK + 30_000);
      const ended = now();
      await until('a write without it', written);
      await until('renewals', () => holder.renewalsAfter(ended) > 1);
      await node.kill();
      await mend(cluster);
      const { terms, window } = succession(holder, rival);
      assert.deepEqual([terms.length, holder.term?.lostAt], [1, undefined], 'the holder was demoted without need');
      t.diagnostic(
        `two-leader window ${window === -Infinity ? 'none' : ms(window)}; another server led ${ms(ended - at)} after its disk was full; ` +
          `longest gap ${ms(holder.longestGap)}, least validity ${ms(holder.term?.least ?? 0)} of ${roomy.ttl}`,
      );
    });

    test('the disk of the only server is full: the holder stops in time, nothing lands, all goes on when there is room', {
      timeout: 120_000,
    }, async (t) => {
      requireTools('Filling a disk', ['prlimit']);
      await using cluster = await startZooKeeper({ version: '3.9', tickTime: TICK, digest: true });
      const [node] = cluster.nodes;
      assert.ok(node);
      await using store = connect(cluster);
      await using other = connect(cluster);
      const scope = newScope();
      await using one = new Contender(store, scope, 'a', short);
      await until('the election', () => one.leads);
      await using two = new Contender(other, scope, 'b', short);
      const began = now();
      const holder = await until('renewals', () => [one, two].find((it) => it.leads && it.renewalsAfter(began) > 3));
      const [rival] = [one, two].filter((it) => it !== holder) as [Contender];
      const { term } = holder;
      assert.ok(term);
      const at = now();
      await fillDisk(node);
      const put = { type: 'put', key: `/service/${scope}/config`, value: '{"lost":1}' } as const;
      const timeout = short.ttl;
      const outcomes = await Promise.allSettled([
        store.commit({ guards: [], writes: [put] }, { timeout }),
        other.openSession(short.ttl, { timeout }),
      ]);
      for (const outcome of outcomes)
        assert.ok(
          outcome.status === 'rejected' && DcsError.is(outcome.reason, 'UNAVAILABLE'),
          `it was answered: ${JSON.stringify(outcome)}`,
        );
      const lost = await until('the holder has stopped', () => term.lostAt, 5 * short.ttl);
      const { lastAct } = term;
      assert.ok(lastAct - at < short.ttl, `stopped after ${ms(lastAct - at)}`);
      assert.ok(rival.terms.every(({ token }) => token < term.token));
      // It gives up by itself: what it cannot log it does not answer.
      await until('the server has ended', () => !node.alive, SLACK + 30_000);
      const ended = now();

      // The operator makes room, and starts it again.
      await node.kill();
      await mend(cluster);
      const mended = now();
      const next = await until(
        'somebody leads',
        () => [...holder.terms, ...rival.terms].find(({ token }) => token > term.token),
        30_000,
      );
      assert.equal((await store.read(put.key)).entries.size, 0);
      const { terms, window } = succession(holder, rival);
      assert.ok(terms.length > 1 && term.acts > 0);
      t.diagnostic(
        `two-leader window ${ms(window)}; holder stopped ${ms(lastAct - at)} (told ${ms(lost - at)}) after the disk was full, the server ended ` +
          `after ${ms(ended - at)}; ${next.name} led ${ms(next.from - mended)} after it served again`,
      );
    });
  });
}
