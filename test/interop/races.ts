import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Ground } from './ground.ts';
import { race } from './race.ts';
import { ROUNDS, raced } from './scale.ts';

/** One winner of each round, whoever it is. */
export function races(ground: Ground): void {
  suite(`races for the leader key, ${ground.server}`, () => {
    for (const version of raced) {
      test(`Patroni ${version} against Tenure, ${ROUNDS} rounds`, async (t) => {
        const { patroni, tenure, both, nobody } = await race(ground, version, ROUNDS);
        t.diagnostic(`races|${ground.server}|${version}|${patroni}|${tenure}|${both}|${nobody}`);
        assert.deepEqual({ both, nobody }, { both: 0, nobody: 0 });
        // Two that never meet in time would tell nothing: with a fair start one of them wins all 20 once in 500,000 runs.
        assert.ok(patroni > 0 && tenure > 0, `won by Patroni: ${patroni}, by Tenure: ${tenure}`);
      });
    }
  });
}
