import assert from 'node:assert/strict';
import { beforeEach, suite, test } from 'node:test';
import { DcsError } from '@tenure/core';
import type { Backend, Cluster } from './backend.ts';
import { Contender, newest, succession } from './outage-contender.ts';
import { mend, ms, newScope, now, Route, startingAt, until } from './outage-parts.ts';

const unavailable = (error: unknown) => DcsError.is(error, 'UNAVAILABLE');

/** Two of three nodes stand still: the third, in turn of these roles, has no quorum, whatever it believes. */
export function minority(backend: Backend, cluster: Cluster, roles: readonly ('leader' | 'follower')[]): void {
  const { short } = backend;
  suite(`${backend.name}, two of three nodes are frozen`, () => {
    beforeEach(async () => await mend(cluster));

    for (const role of roles) {
      test(`through the third, which was the ${role}, nothing succeeds, and the lease ends`, {
        timeout: 120_000,
      }, async (t) => {
        const leader = await cluster.leaderIndex();
        const alone = (leader + (role === 'leader' ? 0 : 1)) % 3;
        const others = startingAt(cluster.endpoints, alone + 1).slice(0, 2);
        await using route = await Route.open(backend, [cluster.endpoints[alone] ?? '']);
        await using other = await Route.open(backend, others);
        await using direct = backend.connect([cluster.endpoints[alone] ?? '']);
        const scope = newScope();
        const key = `/probe/${scope}`;
        // Outlives the set-up, in which nobody renews it.
        const session = await direct.openSession(10 * short.ttl);
        const made = await direct.commit({ guards: [], writes: [{ type: 'put', key, value: '1', session }] });
        const guards = [{ key, version: made?.versions.get(key) ?? null }];

        await using holder = new Contender(route.store, scope, 'a', short);
        await until('the election', () => holder.leads);
        await using rival = new Contender(other.store, scope, 'b', short);
        await until('renewals', () => holder.answers.length > 3 && rival.dcs.latest?.leader?.name === 'a');
        assert.ok(await session.renew({ guards, writes: [] }), 'the probe works while there is a quorum');

        const { token: before = 0 } = holder.term ?? {};
        const at = now();
        const frozen = [1, 2].map((step) => cluster.nodes[(alone + step) % 3]);
        await Promise.all(frozen.map((node) => node?.freeze()));
        // What was under way may still have been answered; nothing that begins now is.
        const began = now();
        const timeout = short.ttl;
        const outcomes = await Promise.allSettled([
          direct.commit({ guards, writes: [] }, { timeout }),
          direct.commit({ guards: [{ key, version: null }], writes: [] }, { timeout }),
          direct.read('/probe/', { timeout }),
          session.renew({ guards, writes: [] }, { timeout }),
          session.renew(undefined, { timeout }),
          direct.openSession(short.ttl, { timeout }),
          direct.commit({ guards, writes: [{ type: 'put', key: `${key}-written`, value: '1' }] }, { timeout }),
        ]);
        for (const [i, outcome] of outcomes.entries()) {
          assert.ok(
            outcome.status === 'rejected' && unavailable(outcome.reason),
            `probe ${i} was answered: ${JSON.stringify(outcome)}`,
          );
          assert.ok(!outcome.reason.maybeApplied || i === 6, `probe ${i} writes nothing`);
        }
        assert.ok(now() - began < timeout * 1.5, `the probes took ${ms(now() - began)}`);
        await until('the holder has stopped', () => holder.term?.lostAt, 2 * short.ttl);
        const answered = Math.max(...holder.answers.map((answer) => answer.at));
        assert.ok(answered < began, `renewed ${ms(answered - at)} after the quorum was gone`);
        const stopped = (holder.term?.lastAct ?? Infinity) - at;
        assert.ok(stopped < (backend.stopped ?? short.ttl), `stopped after ${ms(stopped)}`);
        assert.equal(rival.terms.length, 0, 'nobody can be elected without a quorum');

        if (role === 'follower' && backend.restartsFrozenLeader === true) await cluster.nodes[leader]?.kill();
        await mend(cluster);
        const mended = now();
        // What was asked for while the nodes stood still is carried out now, also for who no longer waits for it: a token may be
        // spent on an office that nobody entered.
        const next = await until('somebody leads again', () =>
          [...holder.terms, ...rival.terms].find(({ token }) => token > before),
        );
        await until('the other sees it', () => {
          const { token = 0 } = newest(holder, rival) ?? {};
          return [holder, rival].every((contender) => contender.knows(token));
        });
        assert.ok(await direct.read('/probe/'));
        const { terms, window } = succession(holder, rival);
        t.diagnostic(
          `two-leader window ${ms(window)}; stopped ${ms(stopped)} after the fault (ttl ${short.ttl}); ` +
            `${terms.at(-1)?.name} led ${ms(next.from - mended)} after the quorum was back`,
        );
      });
    }
  });
}
