import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { DcsError } from '@tenure/core';
import { consulBackend, steady } from './consul.ts';
import { DiskedConsul } from './disk-consul.ts';
import { mayNotMakeHosts } from './netns.ts';
import { Contender, succession } from './outage-contender.ts';
import { ms, newScope, now, Route, startingAt, until } from './outage-parts.ts';

/** Milliseconds: full disks may cost several elections. */
const LEADS_WITHIN = 30_000;

export function consulDisk(): void {
  const { roomy } = consulBackend;

  suite('full disks', { skip: mayNotMakeHosts() ?? false, concurrency: 1 }, () => {
    let cluster: DiskedConsul;
    before(async () => {
      cluster = await DiskedConsul.start();
    });
    after(async () => await cluster?.[Symbol.asyncDispose]());

    for (const which of ["the leader's", 'every'] as const) {
      test(`${which} disk is full: writes say so, no two lead, and all works when there is space again`, {
        timeout: 180_000,
      }, async (t) => {
        const leader = await cluster.leaderIndex(LEADS_WITHIN);
        let full = which === 'every' ? [0, 1, 2] : [leader];
        await using route = await Route.open(consulBackend, startingAt(cluster.endpoints, leader));
        await using other = await Route.open(consulBackend, startingAt(cluster.endpoints, leader + 1));
        await using store = consulBackend.connect(cluster.endpoints);
        const [scope, calm] = [newScope(), newScope()];
        await using holder = new Contender(route.store, scope, 'a', steady);
        await using survivor = new Contender(route.store, calm, 'a', roomy);
        await until('the elections', () => holder.leads && survivor.leads);
        await using rival = new Contender(other.store, scope, 'b', steady);
        const both = [holder, rival];
        // On a machine so busy that the servers elect again, it may be the rival by now.
        const led = await until('renewals', () =>
          both.find((it) => it.leads && it.answers.length > 3 && both.every((one) => one.knows(it.term?.token ?? 0))),
        );
        const term = led.term;
        const errors: DcsError[] = [];
        let written = 0;
        const value = 'x'.repeat(20_000);
        const write = async () => {
          try {
            await store.commit(
              { guards: [], writes: [{ type: 'put', key: `/disk/${scope}`, value }] },
              { timeout: 2000 },
            );
            written += 1;
            return true;
          } catch (error) {
            if (!DcsError.is(error)) throw error;
            errors.push(error);
            return false;
          }
        };
        await until('a write', write);
        for (const index of full) cluster.fill(index);
        const at = now();
        await until('a write that fails for want of space', async () => {
          const leads = await cluster.leaderIndex(LEADS_WITHIN).catch(() => leader);
          if (!full.includes(leads)) {
            // On a busy machine there was an election meanwhile.
            for (const index of full) cluster.free(index);
            full = [leads];
            cluster.fill(leads);
          }
          await write();
          return errors.some(({ message }) => message.includes('no space left on device'));
        });
        if (which === 'every') {
          const before = errors.length;
          await until('failures', async () => {
            await write();
            return errors.length > before + 2;
          });
          // As long as some server leads, renewals go on, which write nothing.
          await until('the end of the term', async () => {
            await write();
            return term?.lostAt ?? now() - at > 2 * steady.ttl;
          });
        } else {
          await until('writes under another leader', async () => (await write()) && (await write()), 90_000);
        }
        const back = now() - at;
        assert.ok(
          errors.every(({ code }) => code === 'UNAVAILABLE'),
          errors.map(String).join('\n'),
        );
        for (const index of full) cluster.free(index);
        const freed = now();
        await until('writes', write, 90_000);
        const writable = now() - freed;
        await cluster.ready();
        const renewed = now();
        await until('renewals', () => both.some((it) => it.leads && it.renewalsAfter(renewed) > 1), 60_000);
        await until('the other office', () => survivor.leads && survivor.renewalsAfter(renewed) > 1, 60_000);
        assert.ok(cluster.nodes.every(({ crashed }) => !crashed));
        const { window } = succession(...both);
        const kept = succession(survivor).terms.length === 1 && survivor.term?.lostAt === undefined;
        t.diagnostic(
          `two-leader window ${window === -Infinity ? 'none' : ms(window)}; ${errors.length} writes failed, ${written} did not; ` +
            `${which === 'every' ? `the holder ${term?.lostAt === undefined ? 'led on for' : 'stopped after'}` : 'writes back after'} ${ms(back)}; writes ${ms(writable)} after it was not; ` +
            `a holder with ${ms(roomy.ttl)} of ttl ${kept ? 'kept' : 'lost'} its lease, longest gap ${ms(survivor.longestGap)}`,
        );
      });
    }
  });
}
