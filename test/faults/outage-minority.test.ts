import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { DcsError } from '@tenure/core';
import { etcd } from '@tenure/etcd';
import { type EtcdCluster, startEtcd } from '../servers/index.ts';
import { Contender, succession } from './outage-contender.ts';
import { mend, ms, newScope, now, Route, SHORT, startingAt, until } from './outage-parts.ts';

const unavailable = (error: unknown) => DcsError.is(error, 'UNAVAILABLE');

/** Two of three nodes stand still: the third has no quorum, whatever it believes. */
for (const version of ['3.5', '3.4'] as const) {
  suite(`etcd ${version}, two of three nodes are frozen`, () => {
    let cluster: EtcdCluster;
    before(async () => {
      cluster = await startEtcd({ version, nodes: 3, fast: true });
    });
    beforeEach(async () => await mend(cluster));
    after(async () => await cluster?.stop());

    for (const role of version === '3.5' ? (['leader', 'follower'] as const) : (['leader'] as const)) {
      test(`through the third, which was the ${role}, nothing succeeds, and the lease ends`, {
        timeout: 60_000,
      }, async (t) => {
        const alone = ((await cluster.leaderIndex()) + (role === 'leader' ? 0 : 1)) % 3;
        const others = startingAt(cluster.endpoints, alone + 1).slice(0, 2);
        await using route = await Route.open([cluster.endpoints[alone] ?? '']);
        await using other = await Route.open(others);
        await using direct = etcd({ endpoints: [cluster.endpoints[alone] ?? ''] });
        const scope = newScope();
        const key = `/probe/${scope}`;
        // Outlives the set-up, in which nobody renews it.
        const session = await direct.openSession(10 * SHORT.ttl);
        const made = await direct.commit({ guards: [], writes: [{ type: 'put', key, value: '1', session }] });
        const guards = [{ key, version: made?.versions.get(key) ?? null }];

        await using holder = new Contender(route.store, scope, 'a', SHORT);
        await until('the election', () => holder.leads);
        await using rival = new Contender(other.store, scope, 'b', SHORT);
        await until('renewals', () => holder.answers.length > 3 && rival.dcs.latest?.leader?.name === 'a');
        assert.ok(await session.renew({ guards, writes: [] }), 'the probe works while there is a quorum');

        const at = now();
        const frozen = [1, 2].map((step) => cluster.nodes[(alone + step) % 3]);
        await Promise.all(frozen.map((node) => node?.freeze()));
        // What was under way may still have been answered; nothing that begins now is.
        const began = now();
        const timeout = SHORT.ttl;
        const outcomes = await Promise.allSettled([
          direct.commit({ guards, writes: [] }, { timeout }),
          direct.commit({ guards: [{ key, version: null }], writes: [] }, { timeout }),
          direct.read('/probe/', { timeout }),
          session.renew({ guards, writes: [] }, { timeout }),
          session.renew(undefined, { timeout }),
          direct.openSession(SHORT.ttl, { timeout }),
          direct.commit({ guards, writes: [{ type: 'put', key: `${key}/written`, value: '1' }] }, { timeout }),
        ]);
        for (const [i, outcome] of outcomes.entries()) {
          assert.ok(
            outcome.status === 'rejected' && unavailable(outcome.reason),
            `probe ${i} was answered: ${JSON.stringify(outcome)}`,
          );
          assert.ok(!outcome.reason.maybeApplied || i === 6, `probe ${i} writes nothing`);
        }
        assert.ok(now() - began < timeout * 1.5, `the probes took ${ms(now() - began)}`);
        await until('the holder has stopped', () => holder.term?.lostAt, 2 * SHORT.ttl);
        const answered = Math.max(...holder.answers.map((answer) => answer.at));
        assert.ok(answered < began, `renewed ${ms(answered - at)} after the quorum was gone`);
        const stopped = (holder.term?.lastAct ?? Infinity) - at;
        assert.ok(stopped < SHORT.ttl, `stopped after ${ms(stopped)}`);
        assert.equal(rival.terms.length, 0, 'nobody can be elected without a quorum');

        await mend(cluster);
        const mended = now();
        const next = await until('somebody leads again', () =>
          [...holder.terms, ...rival.terms].find(({ token }) => token === 2),
        );
        await until('the other sees it', () => [holder, rival].every((contender) => contender.knows(2)));
        assert.ok(await direct.read('/probe/'));
        const { terms, window } = succession(holder, rival);
        assert.ok(window <= 0, `two leaders for ${ms(window)}`);
        t.diagnostic(
          `two-leader window ${ms(window)}; stopped ${ms(stopped)} after the fault (ttl ${SHORT.ttl}); ` +
            `${terms.at(-1)?.name} led ${ms(next.from - mended)} after the quorum was back`,
        );
      });
    }
  });
}
