import type { Dcs, Store } from '@tenure/core';
import { type PatroniDcs, PatroniDriver } from './driver.ts';
import type { Ground } from './ground.ts';
import { findPatroni, type PatroniVersion } from './patroni.ts';
import { SELF, type TenureHand } from './row.ts';

/** A scope that one of both writes and both read. */
interface Scope {
  readonly name: string;
  readonly patroni: PatroniDcs;
  readonly tenure: Dcs;
}

/** Patroni's class and Tenure on one server, each writing in a scope of its own. */
export interface BothHands extends AsyncDisposable {
  readonly store: Store;
  readonly theirs: Scope;
  readonly ours: Scope;
  readonly writer: PatroniDcs;
  readonly hand: TenureHand;
}

export async function bothHands(ground: Ground, version: PatroniVersion): Promise<BothHands> {
  await using resources = new AsyncDisposableStack();
  const driver = resources.use(new PatroniDriver(await findPatroni(version)));
  const read = (scope: string) => driver.open(ground.config(scope, 'reader', { patronictl: true }));
  const store = resources.use(ground.connect());
  const [their, our] = [`patroni-${version}`, `tenure-${version}`];
  const writer = await driver.open(ground.config(their, SELF));
  const dcs = resources.use(ground.dcs(our, SELF));
  const observer = resources.use(ground.dcs(their, 'observer'));
  const hands = {
    store,
    theirs: { name: their, patroni: await read(their), tenure: observer },
    ours: { name: our, patroni: await read(our), tenure: dcs },
    writer,
    hand: { dcs, lease: undefined },
  };
  const held = resources.move();
  return { ...hands, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
