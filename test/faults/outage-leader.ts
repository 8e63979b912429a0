import assert from 'node:assert/strict';
import { beforeEach, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend, Cluster } from './backend.ts';
import { Contender, succession, undisturbed } from './outage-contender.ts';
import { mend, ms, newScope, now, Route, SLACK, startingAt, until } from './outage-parts.ts';

type Fault = 'kill' | 'freeze';

/** `kept`: faults under which the holder is to keep its lease; `lost`: those under which one that knows no other node loses it. */
export function leaderFails(
  backend: Backend,
  cluster: Cluster,
  faults: { readonly kept: readonly Fault[]; readonly lost: readonly Fault[] },
): void {
  const { roomy, short } = backend;
  suite(`${backend.name}, the store's leader of three fails`, () => {
    beforeEach(async () => await mend(cluster));

    for (const fault of faults.kept) {
      test(`case 83: ${fault}; the holder used it, and keeps its lease`, { timeout: 120_000 }, async (t) => {
        const leader = await cluster.leaderIndex();
        await using route = await Route.open(backend, startingAt(cluster.endpoints, leader));
        await using other = await Route.open(backend, startingAt(cluster.endpoints, leader + 1));
        await route.begin();
        const scope = newScope();
        await using holder = new Contender(route.store, scope, 'a', roomy);
        await until('the election', () => holder.leads);
        await using rival = new Contender(other.store, scope, 'b', roomy);
        // Anywhere between two renewals.
        await sleep(Math.random() * roomy.loopWait);
        const at = now();
        await cluster.nodes[leader]?.[fault]();
        await until('three renewals', () => holder.renewalsAfter(at) >= 3, 3 * roomy.ttl);
        await mend(cluster);
        const mended = now();
        await until('a renewal', () => holder.renewalsAfter(mended) >= 1);
        const window = undisturbed(holder, rival);
        assert.equal(rival.terms.length, 0);
        const { least = 0, acts = 0 } = holder.term ?? {};
        assert.ok(acts > 0);
        t.diagnostic(
          `two-leader window ${window === -Infinity ? 'none' : ms(window)}; longest gap ${ms(holder.longestGap)}, ` +
            `least validity ${ms(least)} of ${roomy.ttl}`,
        );
      });
    }

    for (const fault of faults.lost) {
      test(`${fault}; the holder knows no other member, and stops before its rival is elected`, {
        timeout: 120_000,
      }, async (t) => {
        const leader = await cluster.leaderIndex();
        await using route = await Route.open(backend, [cluster.endpoints[leader] ?? '']);
        await using other = await Route.open(backend, startingAt(cluster.endpoints, leader + 1).slice(0, 2));
        const scope = newScope();
        await using holder = new Contender(route.store, scope, 'a', short);
        await until('the election', () => holder.leads);
        // The old leader's return may cost etcd another election: the rival's lease outlives that.
        await using rival = new Contender(other.store, scope, 'b', roomy);
        await until('renewals', () => holder.answers.length > 3);
        const at = now();
        await cluster.nodes[leader]?.[fault]();
        const elected = await until('the takeover', () => rival.term?.from, 5 * short.ttl);
        assert.equal(holder.leads, false);
        const lost = holder.term?.lostAt;
        assert.ok(lost !== undefined, 'the holder was never told');
        const stopped = (holder.term?.lastAct ?? Infinity) - at;
        assert.ok(stopped < (backend.stopped ?? short.ttl), `stopped after ${ms(stopped)}`);
        // The new leader begins all leases anew when it is elected, and looks for dead ones now and then.
        // The rival pauses for half its loop after an attempt that failed.
        const most = 2 * backend.election + short.ttl + backend.expiry + roomy.loopWait / 2 + SLACK;
        assert.ok(elected - at < most, `taken over ${ms(elected - at)} after the fault, at most ${ms(most)}`);
        await mend(cluster);
        // The old holder finds its way back by itself: it sees its rival, and leads again when that one leaves.
        await until(
          'the old holder sees its rival',
          () => holder.dcs.latest?.leader?.name === 'b' && !holder.dcs.latest.stale,
        );
        assert.equal(holder.terms.length, 1);
        const left = now();
        await rival.leave();
        await until('the old holder leads again', () => holder.terms[1] && holder.terms[1].acts > 0);
        const { terms } = succession(holder, rival);
        assert.deepEqual(
          terms.map(({ name }) => name),
          ['a', 'b', 'a'],
        );
        assert.ok(terms.every(({ acts }) => acts > 0));
        t.diagnostic(
          `two-leader window ${ms((terms[0]?.lastAct ?? NaN) - elected)}; holder stopped ${ms(lost - at)}, rival elected ${ms(elected - at)} after the fault ` +
            `(ttl ${short.ttl}); handed back in ${ms((holder.term?.from ?? 0) - left)}`,
        );
      });
    }
  });
}
