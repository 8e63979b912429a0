import { after, before, suite, test } from 'node:test';
import { PatroniDriver } from './driver.ts';
import type { Ground } from './ground.ts';
import { type Hazard, Yard } from './hazard.ts';
import { leaderHazards } from './leader-hazards.ts';
import { outageHazards } from './outage-hazards.ts';
import { findPatroni, type PatroniVersion } from './patroni.ts';
import { writeHazards } from './write-hazards.ts';

const hazards: readonly Hazard[] = [...writeHazards, ...leaderHazards, ...outageHazards];

/** What Patroni gets wrong, done by Patroni, and by Tenure in the same place. */
export function hazardsBothWays(ground: Ground, version: PatroniVersion): void {
  suite(`hazards, ${ground.server}, Patroni ${version}`, () => {
    let driver: PatroniDriver;
    before(async () => {
      driver = new PatroniDriver(await findPatroni(version));
    });
    after(async () => await driver[Symbol.asyncDispose]());
    for (const [index, { id, title, stores, theirs, ours }] of hazards.entries()) {
      if (!stores.includes(ground.server)) continue;
      for (const [side, act] of Object.entries({ Patroni: theirs, Tenure: ours })) {
        test(`${id}, ${title}: ${side}`, async () => {
          await using yard = new Yard(ground, `hazard-${version}-${index}-${side.toLowerCase()}`, driver);
          await act(yard);
        });
      }
    }
  });
}
