import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dcs, Lease } from '@tenure/core';
import { type PatroniDcs, PatroniDriver } from './driver.ts';
import type { Ground } from './ground.ts';
import { findPatroni, type PatroniVersion } from './patroni.ts';

/** How many rounds ended how. */
export interface Tally {
  patroni: number;
  tenure: number;
  both: number;
  nobody: number;
}

/** Milliseconds by which a loser's start is brought forward, until both come at one moment and either may win. */
const FIRST_STEP = 4;
const LEAST_STEP = 0.25;
/** Milliseconds: around that moment. */
const SPREAD = 1;

/**
 * Patroni's class and Tenure go for one vacant leader key at one moment, round after round. After each the key names the
 * winner, under both sides' eyes; the loser is refused; the winner renews under the loser's reads, and gives it back.
 */
export async function race(ground: Ground, version: PatroniVersion, rounds: number): Promise<Tally> {
  await using driver = new PatroniDriver(await findPatroni(version));
  const scope = `race-${version}`;
  const theirs = await driver.open(ground.config(scope, 'theirs'));
  const reader = await driver.open(ground.config(scope, 'reader', { patronictl: true }));
  await using ours = ground.dcs(scope, 'ours');
  await ours.keepAlive();
  const tally: Tally = { patroni: 0, tenure: 0, both: 0, nobody: 0 };
  let [lead, step, before] = [0, FIRST_STEP, false];
  for (let round = 0; round < rounds; round += 1) {
    const head = lead + (Math.random() * 2 - 1) * SPREAD;
    const [lease, won] = await Promise.all([
      after(Math.max(0, head), () => ours.acquire()),
      after(Math.max(0, -head), () => theirs.call('attempt_to_acquire_leader')),
    ]);
    if (lease !== undefined && won) tally.both += 1;
    else if (lease === undefined && !won) tally.nobody += 1;
    else if (won) tally.patroni += 1;
    else tally.tenure += 1;
    if (won !== before) step = Math.max(LEAST_STEP, step / 2);
    before = won;
    lead += won ? -step : step;
    await settle({ ours, theirs, reader }, lease, won);
  }
  return tally;
}

async function settle(
  { ours, theirs, reader }: { readonly ours: Dcs; readonly theirs: PatroniDcs; readonly reader: PatroniDcs },
  lease: Lease | undefined,
  won: boolean,
): Promise<void> {
  const winner = won ? 'theirs' : 'ours';
  const isSeen = async () => {
    assert.equal((await ours.view()).leader?.name, winner, 'whom Tenure sees');
    assert.equal((await reader.view()).leader?.name, winner, 'whom Patroni sees');
  };
  await isSeen();
  if (won) assert.equal(await ours.acquire(), undefined, 'Patroni holds it');
  else assert.equal(await theirs.call('attempt_to_acquire_leader'), false, 'Tenure holds it');
  if (won) assert.ok(await theirs.call('update_leader', 1), 'Patroni renews');
  await lease?.renew({ status: { optime: 1 } });
  await isSeen();
  if (won) await theirs.call('delete_leader');
  await lease?.release();
  assert.equal((await ours.view()).leader, undefined, 'given back');
}

/** Starts `act` that many milliseconds from now. */
async function after<T>(ms: number, act: () => Promise<T>): Promise<T> {
  await sleep(ms);
  return await act();
}
