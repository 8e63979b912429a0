import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ClusterView, Dcs, DcsError } from '@tenure/core';
import type { Backend, Cluster } from './backend.ts';
import { mend, ms, newScope, now, Route, until } from './outage-parts.ts';

const numberIn = ({ config }: ClusterView): number => Number(config.value?.n ?? 0);

export function membersBehind(backend: Backend, cluster: Cluster): void {
  const { roomy } = backend;
  suite(`${backend.name}, members that are behind`, () => {
    test('case 84: views and watches never go back while the client changes members', {
      timeout: 120_000,
    }, async (t) => {
      const scope = newScope();
      await using route = await Route.open(backend, cluster.endpoints);
      await using reader = route.dcs({ scope, timing: roomy });
      await using store = backend.connect(cluster.endpoints);
      await using writer = new Dcs({ store, scope, name: 'w', timing: { ...roomy, retryTimeout: 700 } });
      const stop = new AbortController();
      await using _ = { [Symbol.asyncDispose]: async () => stop.abort(new DcsError('CLOSED', 'the test failed')) };
      const { signal } = stop;
      let acknowledged = 0;
      let unknown = 0;
      // Guarded by what was read: a write whose answer was lost cannot land after a newer one.
      const writing = (async () => {
        while (!signal.aborted) {
          try {
            const config = await writer.config.update((value) => ({ n: Number(value?.n ?? 0) + 1 }), { signal });
            acknowledged = Number(config?.n);
          } catch (error) {
            if (!DcsError.is(error)) throw error;
            unknown += 1;
          }
        }
      })().catch((error: unknown) => error);
      const faults: string[] = [];
      let newest = 0;
      let reads = 0;
      let asking = false;
      let gate: Promise<void> | undefined;
      const reading = (async () => {
        while (!signal.aborted) {
          asking = false;
          await gate;
          asking = true;
          const least = Math.max(newest, acknowledged);
          try {
            const n = numberIn(await reader.view({ signal }));
            if (n < least) faults.push(`a view showed ${n} after ${least}`);
            newest = Math.max(newest, n);
            reads += 1;
          } catch (error) {
            if (!DcsError.is(error)) throw error;
          }
        }
      })().catch((error: unknown) => error);
      const watched: number[] = [];
      const watching = (async () => {
        for await (const view of reader.watch({ signal })) watched.push(numberIn(view));
      })().catch((error: unknown) => error);
      await until('writes and reads', () => acknowledged > 10 && reads > 10 && watched.length > 1);

      // A member misses writes, and has a read that began after them in its hands at the moment it goes on. The old leader
      // goes on in the belief that it leads.
      let pending = 0;
      let turns = 0;
      for (; turns < 3 || (pending === 0 && turns < 9); turns += 1) {
        const leader = await cluster.leaderIndex();
        const behind = turns % 3 === 1 ? (leader + 1) % 3 : leader;
        const heals = [1, 2].map((step) => route.at((behind + step) % 3).refuse());
        let before = reads;
        await until('reads through it', () => reads > before + 3);
        const { promise, resolve } = Promise.withResolvers<void>();
        gate = promise;
        await until('no read is under way', () => !asking);
        await cluster.nodes[behind]?.freeze();
        const missed = acknowledged + 20;
        await until('writes that it misses', () => acknowledged >= missed);
        const sent = route.at(behind).up.bytes;
        gate = undefined;
        resolve();
        // An election takes so long that the client may have left the connection: then the read comes a moment later.
        const opened = now();
        const waits = () => asking && route.at(behind).up.bytes > sent;
        await until('a read that waits for it', () => waits() || now() - opened > roomy.loopWait / 3);
        if (waits()) pending += 1;
        before = reads;
        cluster.nodes[behind]?.thaw();
        await until('reads through it', () => reads > before + 3);
        await Promise.all(heals.map((heal) => heal()));
      }
      assert.ok(pending > 0, 'no read waited for a member that was behind');
      // And from one to the next, quickly.
      for (let i = 0; i < 12; i += 1) {
        const heal = route.at(i % 3).refuse();
        const before = reads;
        await until('reads', () => reads > before + 3);
        await heal();
      }
      await mend(cluster);
      const last = acknowledged;
      const began = now();
      await until('the watch is up to date', () => (watched.at(-1) ?? 0) >= last);
      const lag = now() - began;
      stop.abort(new DcsError('CLOSED', 'the test is over'));
      assert.deepEqual([await writing, await reading], [undefined, undefined]);
      assert.match(String(await watching), /the test is over/);
      assert.deepEqual(faults, []);
      for (const [i, n] of watched.entries())
        assert.ok(n >= (watched[i - 1] ?? 0), `the watch went from ${watched[i - 1]} to ${n}`);
      t.diagnostic(
        `${pending} of ${turns} members came back to a waiting read; ${reads} views and ${watched.length} states of the watch over ${acknowledged} writes, ${unknown} of them unanswered; ` +
          `the watch was up to date ${ms(lag)} after the end`,
      );
    });
  });
}
