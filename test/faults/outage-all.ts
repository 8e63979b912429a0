import assert from 'node:assert/strict';
import { beforeEach, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DcsError } from '@tenure/core';
import type { Backend, Cluster } from './backend.ts';
import { Contender, newest, succession } from './outage-contender.ts';
import { mend, ms, newScope, now, Operations, Route, startingAt, until } from './outage-parts.ts';

export function everyNode(backend: Backend, cluster: Cluster): void {
  const { roomy, short } = backend;
  suite(`${backend.name}, every node of three`, () => {
    beforeEach(async () => await mend(cluster));

    test('case 85: all dead, then back: nothing queued lands, nobody hurries, all recover', {
      timeout: 120_000,
    }, async (t) => {
      await using route = await Route.open(backend, cluster.endpoints);
      await using other = await Route.open(backend, startingAt(cluster.endpoints, 1));
      using operations = new Operations();
      const scope = newScope();
      await using holder = new Contender(route.store, scope, 'a', short);
      await until('the election', () => holder.leads);
      await using rival = new Contender(other.store, scope, 'b', short);
      await using watcher = other.dcs({ scope, name: 'w', timing: short });
      const seen: { at: number; stale: boolean; token: number | undefined }[] = [];
      const leaving = new AbortController();
      using _ = { [Symbol.dispose]: () => leaving.abort(new Error('the test failed')) };
      const watching = (async () => {
        for await (const { stale, leader } of watcher.watch({ signal: leaving.signal })) {
          seen.push({ at: now(), stale, token: leader?.token });
        }
      })().catch((error: unknown) => error);
      await until(
        'renewals',
        () => holder.answers.length > 3 && rival.knows(holder.term?.token ?? 0) && seen.at(-1)?.stale === false,
      );

      const { token: before = 0 } = holder.term ?? {};
      const at = now();
      await Promise.all(cluster.nodes.map((node) => node.kill()));
      const down = now();
      // Writes that are asked for, and given up, during the outage.
      const writes = [0, 1, 2].map((n) =>
        route.store.commit(
          { guards: [], writes: [{ type: 'put', key: `/ghost/${scope}/${n}`, value: '1' }] },
          { timeout: 100 + 300 * n },
        ),
      );
      writes.push(watcher.config.write({ ghost: true }).then(() => undefined));
      for (const { status, ...how } of await Promise.allSettled(writes)) {
        assert.equal(status, 'rejected');
        const { reason } = how as { reason: unknown };
        assert.ok(DcsError.is(reason, 'UNAVAILABLE'), String(reason));
      }
      const quiet = now();
      const loops = 6;
      await sleep(loops * short.loopWait);
      const back = now();
      const begun = operations.between(quiet, back);
      // One attempt each half loopWait and one more, each of three members; the watcher asks nothing.
      const most = 2 * (2 * loops + 1);
      assert.ok(begun.length <= most, `${begun.length} operations in ${loops} loops, at most ${most}`);
      assert.ok(begun.length >= 2, 'they go on trying');
      const { lastAct = Infinity, lostAt } = holder.term ?? {};
      assert.ok(
        lostAt !== undefined && lastAct - down < (backend.stopped ?? short.ttl),
        `last act ${ms(lastAct - down)}, told ${ms((lostAt ?? NaN) - down)} after`,
      );
      const stale = seen.find((view) => view.at > at && view.stale);
      assert.ok(
        stale !== undefined && stale.at - at < 2 * short.loopWait,
        'the watch says in time that it knows nothing',
      );

      await mend(cluster);
      const mended = now();
      const next = await until(
        'somebody leads',
        () => [...holder.terms, ...rival.terms].find(({ token }) => token > before),
        3 * short.ttl + 15_000,
      );
      await until('the watch shows it', () => {
        const { token, stale } = seen.at(-1) ?? {};
        return token === newest(holder, rival)?.token && stale === false;
      });
      assert.ok(seen.findIndex((view) => !view.stale && view.at > stale.at) > seen.indexOf(stale));
      await until('it renews', () => [holder, rival].some((contender) => contender.renewalsAfter(next.from) > 2));
      assert.deepEqual([...(await route.store.read(`/ghost/${scope}`)).entries.keys()], []);
      assert.equal((await watcher.view()).config.version, null);
      leaving.abort(new Error('enough'));
      assert.match(String(await watching), /enough/);
      const { window } = succession(holder, rival);
      t.diagnostic(
        `two-leader window ${ms(window)}; ${begun.length} operations of two members in ${loops} loops; stale after ${ms(stale.at - at)}; ` +
          `${next.name} leads ${ms(next.from - mended)} after the nodes serve, they were dead for ${ms(back - down)}`,
      );
    });

    test('a rolling restart of all three under a holder', { timeout: 120_000 }, async (t) => {
      await using route = await Route.open(backend, cluster.endpoints);
      await using other = await Route.open(backend, startingAt(cluster.endpoints, 1));
      const scope = newScope();
      await using holder = new Contender(route.store, scope, 'a', roomy);
      await until('the election', () => holder.leads);
      await using rival = new Contender(other.store, scope, 'b', roomy);
      const began = now();
      for (const node of cluster.nodes) {
        const down = now();
        await node.terminate();
        await until('a renewal without it', () => holder.renewalsAfter(down) > 0 || holder.term?.lostAt);
        await node.restart();
        await cluster.ready();
      }
      const rolled = now() - began;
      await until(
        'it renews',
        () => holder.renewalsAfter(began + rolled) > 1 || rival.renewalsAfter(began + rolled) > 1,
      );
      const { terms, window } = succession(holder, rival);
      assert.equal(terms.length, 1, 'the office changed hands, though writes came back within each validity');
      assert.ok(terms.every(({ acts }) => acts > 0));
      t.diagnostic(
        `two-leader window ${window === -Infinity ? 'none' : ms(window)}; rolled in ${ms(rolled)}, longest gap ${ms(holder.longestGap)}, ` +
          `least validity ${ms(holder.term?.least ?? 0)} of ${roomy.ttl}`,
      );
    });
  });
}
