import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dcs } from '@tenure/core';
import { pair, type Row } from './report.ts';
import { stats } from './sample.ts';
import type { Target } from './target.ts';
import { Watching } from './watching.ts';

const RELEASES = 30;
const DEATHS = 6;
/** Milliseconds. */
const AFTER_RELEASE = 50;
const AFTER_EXPIRY = 100;

/** From just before the leader's release until a waiting rival, a client of its own, holds the lease. */
export async function takeoverAfterRelease(target: Target): Promise<Row[]> {
  const scope = `bench-${randomUUID()}`;
  const member = (name: string) => new Dcs({ store: target.connect(), scope, name, ownStore: true });
  await using a = member('a');
  await using b = member('b');
  let [leader, rival] = [a, b];
  let lease = await leader.campaign();
  const samples: number[] = [];
  for (let run = 0; run < RELEASES; run += 1) {
    const campaign = rival.campaign();
    // The campaign reads twice before its stream is open, so the third change that it sees came by the stream.
    for (let change = 0; change < 3; change += 1) {
      const version = await leader.config.write({ ttl: 30 }, { fence: lease });
      while (rival.latest?.config.version !== version) await sleep(5);
    }
    const start = performance.now();
    await Promise.all([lease.release(), campaign]);
    samples.push(performance.now() - start);
    lease = await campaign;
    [leader, rival] = [rival, leader];
  }
  const { p50, p99 } = stats(samples);
  const ok = p99 < AFTER_RELEASE;
  return [{ work: 'takeover after release', ours: pair(p50, p99), budget: `< ${AFTER_RELEASE} ms`, ok }];
}

/**
 * From just before the last renewal of a leader that then falls silent until a waiting rival holds the lease, less the ttl;
 * and, on a server, from the moment that a bare watch told of the leader key's end.
 */
export async function takeoverAfterDeath(target: Target): Promise<Row[]> {
  const runs = Array.from({ length: DEATHS }, (_, index) => death(target, (index / DEATHS) * target.ttl));
  const deaths = await Promise.all(runs);
  const overTtl = stats(deaths.map(({ overTtl }) => overTtl));
  const rows: Row[] = [
    {
      work: `takeover after death, beyond ttl ${target.ttl} ms`,
      ours: pair(overTtl.p50, overTtl.p99),
      budget: `≤ ttl + ${target.grace} ms`,
      ok: overTtl.p99 <= target.grace,
    },
  ];
  const afterExpiry = deaths.map((found) => found.afterExpiry).filter((ms) => ms !== undefined);
  if (afterExpiry.length > 0) {
    const { p50, p99 } = stats(afterExpiry);
    const budget = `≤ expiry + ${AFTER_EXPIRY} ms`;
    rows.push({
      work: 'the same, after the server’s own expiry',
      ours: pair(p50, p99),
      budget,
      ok: p99 <= AFTER_EXPIRY,
    });
  }
  return rows;
}

/** `phase` in milliseconds: when to begin, since the server looks for what has expired only now and then. */
async function death(target: Target, phase: number) {
  await sleep(phase);
  const scope = `bench-${randomUUID()}`;
  const timing = { ttl: target.ttl };
  await using dead = new Dcs({ store: target.connect(), scope, name: 'dead', timing, ownStore: true });
  await using rival = new Dcs({ store: target.connect(), scope, name: 'rival', timing, ownStore: true });
  await using watching = new Watching(rival);
  const lease = await dead.campaign();
  await watching.until((view) => view.leader?.name === 'dead');
  await using raw = await target.raw?.(`/raw/${scope}/`);
  let expired: number | undefined;
  await using _watch = await raw?.watch?.(dead.layout.prefix, () => {
    expired ??= performance.now();
  });
  const start = performance.now();
  await lease.renew();
  await rival.campaign();
  const end = performance.now();
  if (lease.held) throw new Error('the dead leader still holds the lease');
  const afterExpiry = expired === undefined ? undefined : end - expired;
  return { overTtl: end - start - target.ttl, afterExpiry };
}
