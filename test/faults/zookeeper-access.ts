import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { Dcs, DcsError } from '@tenure/core';
import { zookeeper } from '@tenure/zookeeper';
import { TICK } from '../clients/connect.ts';
import type { ZooKeeperCluster } from '../servers/index.ts';
import { Officer } from './officer.ts';
import { Contender } from './outage-contender.ts';
import { everyOperation } from './outage-dead-node.ts';
import { ms, newScope, now, Operations, SLACK, until } from './outage-parts.ts';
import { zookeeperBackend } from './zookeeper.ts';
import { Admin, permission } from './zookeeper-admin.ts';

const { CREATE, READ, WRITE, DELETE, ALL } = permission;
const DAEMON = 'daemon:its password';
const { roomy } = zookeeperBackend('3.9');
/** To run out; a machine that stalls for a second or two does not make it do so before its time. The timeout is 6 s. */
const short = { ttl: 9000, loopWait: 700, retryTimeout: 3000 };

/** Of a daemon that logs in by digest, on a server that refuses whoever does not. */
export function access(cluster: ZooKeeperCluster): void {
  const connect = (digest: string) =>
    zookeeper({ hosts: cluster.endpoints, tickTime: TICK, maxTtl: 60_000, authData: { digest } });

  suite('permissions', { concurrency: true }, () => {
    before(async () => {
      await using admin = await Admin.open(cluster.endpoints);
      await admin.make('/service');
      // The namespace is there: nobody needs the root.
      await admin.grant('/', { login: 'super:secret', bits: ALL });
    });

    test('what the page says suffices for everything', { timeout: 120_000 }, async (t) => {
      await using admin = await Admin.open(cluster.endpoints);
      const namespace = newScope();
      await admin.make(`/${namespace}`);
      await admin.grant(`/${namespace}`, { login: DAEMON, bits: CREATE | READ | WRITE | DELETE });
      await using store = connect(DAEMON);
      await using dcs = new Dcs({ store, namespace, scope: 'batman', name: 'a', timing: roomy });
      const slowest = await everyOperation(dcs);
      t.diagnostic(`slowest ${slowest.name}, ${ms(slowest.took)}`);
    });

    const attempts = {
      // Children are listed by who may read their parent, made and deleted by who may create and delete in it.
      READ: { path: '', work: async (dcs: Dcs) => await dcs.view() },
      CREATE: { path: '', work: async (dcs: Dcs) => await dcs.acquire() },
      DELETE: { path: '', work: async (dcs: Dcs) => await (await dcs.acquire())?.release() },
      WRITE: { path: '/config', work: async (dcs: Dcs) => await dcs.config.write({ a: 1 }) },
    };
    for (const [missing, { path, work }] of Object.entries(attempts)) {
      test(`without ${missing} the answer is DENIED, and is not asked for again`, { timeout: 60_000 }, async () => {
        await using admin = await Admin.open(cluster.endpoints);
        const scope = newScope();
        await admin.make(`/service/${scope}/config`, '{}');
        const bits = (CREATE | READ | WRITE | DELETE) & ~permission[missing as keyof typeof attempts];
        await admin.grant(`/service/${scope}${path}`, { login: DAEMON, bits });
        await using store = connect(DAEMON);
        const dcs = new Dcs({ store, scope, name: 'a', timing: roomy });
        const error = await work(dcs).catch((reason: unknown) => reason);
        assert.ok(DcsError.is(error, 'DENIED') && !error.maybeApplied, String(error));
        assert.match(error.message, /no permission/);
        assert.ok(!String(error.stack).includes('its password'));
        // The key of who could not release goes with its session, for which no permission is asked.
        await dcs.close();
        await using root = connect('super:secret');
        assert.equal((await root.read(`/service/${scope}/leader`)).entries.size, 0);
      });
    }

    test('taken from a holder: it stops in time, and may come back when they are given back', {
      timeout: 120_000,
    }, async (t) => {
      await using admin = await Admin.open(cluster.endpoints);
      await using store = connect(DAEMON);
      await using other = connect('rival:another');
      const [scope, second] = [newScope(), newScope()];
      await using holder = await Officer.elect({ store, scope, name: 'a', timing: short });
      // One that leaves the loop to `lead`, in an office of its own.
      await using led = new Contender(store, second, 'a', short);
      await until('renewals', () => holder.renewals > 2 && led.renewalsAfter(0) > 2);
      await using rival = new Contender(other, scope, 'b', short);
      await until('the rival waits', () => rival.knows(holder.lease.token));
      using operations = new Operations();
      const at = now();
      for (const each of [scope, second])
        await admin.grantBelow(`/service/${each}`, { login: 'rival:another', bits: ALL });
      const taken = now();
      const elected = await until('the takeover', () => rival.term?.from, 5 * short.ttl);
      const stopped = Math.max(holder.lastAct, led.term?.lastAct ?? 0);
      assert.ok(holder.lastAct < elected, `two leaders for ${ms(holder.lastAct - elected)}`);
      assert.ok(elected - taken < short.ttl + TICK + SLACK, `taken over after ${ms(elected - taken)}`);
      const failures = holder.failures.filter((failure) => failure.at > taken);
      const codes = failures.map(({ error }) => error.code);
      // The last renewal has no more time than the lease.
      assert.ok(codes[0] === 'DENIED' && codes.slice(0, -1).every((code) => code === 'DENIED'), codes.join());
      assert.match(String(failures[0]?.error), /no permission/);
      // `lead` gives such an error to its caller, who alone can do something about it.
      await until('lead has ended', () => led.error);
      assert.ok(DcsError.is(led.error, 'DENIED'), String(led.error));
      const tried = operations.between(taken, elected).filter(({ outcome }) => outcome === 'DENIED');
      const most = 2 * (2 * Math.ceil((elected - taken) / short.loopWait) + 4);
      assert.ok(tried.length <= most, `${tried.length} attempts in ${ms(elected - taken)}, at most ${most}`);
      assert.ok(operations.seen.every(({ outcome, attempt }) => outcome !== 'DENIED' || attempt === 1));

      await rival.leave();
      await admin.openBelow(`/service/${scope}`);
      const lease = await until('it leads again', () => holder.dcs.acquire());
      assert.ok(lease.token > (rival.term?.token ?? Infinity));
      await lease.renew();
      t.diagnostic(
        `holder stopped ${ms(stopped - at)}, rival elected ${ms(elected - at)} after the permissions went (ttl ${short.ttl}); ` +
          `two-leader window ${ms(holder.lastAct - elected)}; ${tried.length} refused attempts of two members`,
      );
    });

    test('taken and given back within the validity: the holder keeps its office', { timeout: 120_000 }, async (t) => {
      await using admin = await Admin.open(cluster.endpoints);
      await using store = connect(DAEMON);
      const scope = newScope();
      await using holder = await Officer.elect({ store, scope, name: 'a', timing: { ...roomy, loopWait: 300 } });
      await until('renewals', () => holder.renewals > 2);
      await admin.grantBelow(`/service/${scope}`, { login: 'super:secret', bits: ALL });
      const failure = await until('a refusal', () => holder.failures[0]);
      assert.equal(failure.error.code, 'DENIED');
      await admin.openBelow(`/service/${scope}`);
      const renewals = holder.renewals;
      await until('renewals', () => holder.renewals > renewals + 1);
      assert.equal(holder.lease.held, true);
      assert.equal((await holder.dcs.view()).leader?.token, holder.lease.token);
      t.diagnostic(`longest gap ${ms(holder.longestGap)}`);
    });
  });
}
