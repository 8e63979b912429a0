import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { DcsError } from '@tenure/core';
import type { Backend } from './backend.ts';
import type { HostedCluster } from './hosted.ts';
import { mayNotMakeHosts } from './netns.ts';
import { Contender, succession } from './outage-contender.ts';
import { ms, newScope, now, Route, SLACK, startingAt, until } from './outage-parts.ts';

/** A silent partition on three hosts: the clients reach every node, the nodes lose one of theirs. */
export function partition(backend: Backend): void {
  const { roomy, short } = backend;
  suite(`${backend.name}, a node is cut from its peers`, { skip: mayNotMakeHosts() ?? false }, () => {
    let cluster: HostedCluster;
    before(async () => {
      cluster = await backend.startHosted();
    });
    beforeEach(async () => {
      for (const index of cluster.endpoints.keys()) await cluster.hosts.heal(index);
      await cluster.ready();
    });
    after(async () => await cluster?.[Symbol.asyncDispose]());

    for (const role of ['leader', 'follower'] as const) {
      test(`the ${role}, which the holder uses: nothing stale, and no second leader`, {
        timeout: 120_000,
      }, async (t) => {
        const alone = ((await cluster.leaderIndex()) + (role === 'leader' ? 0 : 1)) % 3;
        const [minority = '', ...majority] = startingAt(cluster.endpoints, alone);
        await using route = await Route.open(backend, [minority]);
        await using other = await Route.open(backend, majority);
        await using whole = await Route.open(backend, [minority, ...majority]);
        await whole.begin();
        await using inside = backend.connect([minority]);
        await using outside = backend.connect(majority);
        const scope = newScope();
        const key = `/probe/${scope}`;
        const session = await inside.openSession(10 * short.ttl);
        const made = await inside.commit({ guards: [], writes: [{ type: 'put', key, value: 'old', session }] });
        const guards = [{ key, version: made?.versions.get(key) ?? null }];
        await using holder = new Contender(route.store, scope, 'a', short);
        // Another office, whose holder knows every member and uses the one that is cut off.
        await using survivor = new Contender(whole.store, newScope(), 'a', roomy);
        await until('the elections', () => holder.leads && survivor.leads);
        // The return of the node may cost another election: the rival's lease outlives that.
        await using rival = new Contender(other.store, scope, 'b', roomy);
        await until('renewals', () => holder.answers.length > 3 && rival.knows(holder.term?.token ?? 0));

        const at = now();
        await cluster.hosts.cut(alone);
        const cut = now();
        // What is asked for from the first moment on, while the old leader may not know yet that it was deposed.
        const stale: unknown[] = [];
        let probes = 0;
        const probing = new AbortController();
        using _ = { [Symbol.dispose]: () => probing.abort() };
        const probe = async () => {
          for (; !probing.signal.aborted; probes += 1) {
            const settled = await Promise.allSettled([
              inside.read('/probe/', { timeout: 300 }),
              inside.commit({ guards, writes: [] }, { timeout: 300 }),
              session.renew({ guards, writes: [] }, { timeout: 300 }),
            ]);
            for (const it of settled)
              if (it.status === 'fulfilled' || !DcsError.is(it.reason, 'UNAVAILABLE')) stale.push(it);
          }
        };
        const probed = probe();
        const put = { type: 'put', key, value: 'new' } as const;
        // One whose answer came too late has landed, and the next is refused: reading tells.
        const written = await until('a write on the other side', async () => {
          await outside.commit({ guards, writes: [put] }, { timeout: 500 }).catch(() => undefined);
          const after = await outside.read('/probe/', { timeout: 500 }).catch(() => undefined);
          const entry = after?.entries.get(key);
          return entry?.value === 'new' && entry.version;
        });
        const writable = now() - cut;
        const elected = await until('the takeover', () => rival.term?.from, 5 * short.ttl);
        assert.equal(holder.leads, false);
        probing.abort();
        await probed;
        assert.ok(probes > 2);
        assert.deepEqual(stale, [], 'the member without a quorum gave an answer');
        const stopped = (holder.term?.lastAct ?? Infinity) - at;
        const answered = Math.max(...holder.answers.map((answer) => answer.at));
        const by = backend.stopped ?? short.ttl;
        assert.ok(stopped < by, `stopped ${ms(stopped)} after the cut, at most ${by}`);
        assert.ok(answered < cut + backend.election, `renewed ${ms(answered - cut)} after the cut`);
        // The rival pauses for half its loop after an attempt that failed.
        const most = 2 * backend.election + short.ttl + backend.expiry + roomy.loopWait / 2 + SLACK;
        assert.ok(elected - at < most, `taken over ${ms(elected - at)} after the cut, at most ${ms(most)}`);

        await cluster.hosts.heal(alone);
        const healed = now();
        await until('the old holder sees its rival', () => holder.knows(rival.term?.token ?? 0), 60_000);
        const recovered = now() - healed;
        const seen = (await inside.read('/probe/')).entries.get(key);
        assert.deepEqual([seen?.value, seen?.version], ['new', written]);
        await cluster.ready();
        await until('renewals', () => survivor.renewalsAfter(healed) > 1);
        assert.equal(succession(survivor).terms.length, 1);
        assert.equal(survivor.term?.lostAt, undefined, 'a holder that knows every member was demoted without need');
        const { terms, window } = succession(holder, rival);
        assert.deepEqual(
          terms.map(({ name }) => name),
          ['a', 'b'],
        );
        t.diagnostic(
          `two-leader window ${ms(window)}; writes back ${ms(writable)}, holder stopped ${ms(stopped)}, rival elected ${ms(elected - at)} ` +
            `after the cut (ttl ${short.ttl}); ${probes} probes unanswered; recovered ${ms(recovered)} after the heal; ` +
            `longest gap of a holder that knows all members ${ms(survivor.longestGap)}`,
        );
      });
    }
  });
}
