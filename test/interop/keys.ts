import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type BothHands, bothHands } from './both-hands.ts';
import { documentRows } from './document-rows.ts';
import type { Ground } from './ground.ts';
import { leaderRows } from './leader-rows.ts';
import { memberRows } from './member-rows.ts';
import type { PatroniVersion } from './patroni.ts';
import { differs, type Row, SELF } from './row.ts';

const rows: readonly Row[] = [...memberRows, ...leaderRows, ...documentRows];

/**
 * Every key, both ways: Patroni's own class and Tenure each write the same in a scope of their own, each reads both scopes
 * field by field, and the bytes are the same.
 */
export function keysBothWays(ground: Ground, version: PatroniVersion): void {
  suite(`keys, ${ground.server}, Patroni ${version}`, () => {
    let hands: BothHands;
    before(async () => {
      hands = await bothHands(ground, version);
    });
    after(async () => await hands[Symbol.asyncDispose]());
    for (const row of rows) {
      const other = differs(row, version);
      const seen = async ({ patroni, tenure }: BothHands['ours'], tenureSees = row.tenureSees) => {
        const patroniSees = other?.patroniSees ?? row.patroniSees;
        assert.deepEqual(row.seenByPatroni(await patroni.view()), patroniSees, 'what Patroni sees');
        assert.deepEqual(row.seenByTenure(await tenure.view()), tenureSees, 'what Tenure sees');
      };
      test(`${row.key}, ${row.title}: written by Patroni`, async () => {
        assert.notEqual(await row.patroni(hands.writer), false, 'Patroni says that it failed');
        await seen(hands.theirs, other?.tenureSees);
      });
      test(`${row.key}, ${row.title}: written by Tenure`, async () => {
        await row.tenure(hands.hand);
        await seen(hands.ours);
      });
      test(`${row.key}, ${row.title}: the same bytes`, async (t) => {
        const [theirs, ours] = [await bytes(hands, 'theirs', row), await bytes(hands, 'ours', row)];
        if (other !== undefined)
          t.diagnostic(`differs|${version}|${row.key}, ${row.title}|${other.why}|${other.bytes ?? ''}`);
        if (row.emptied !== undefined)
          assert.ok(ours === '{}' && (theirs ?? '{}') === '{}', `Patroni: ${theirs}, Tenure: ${ours}`);
        else if (other?.bytes === undefined) assert.equal(ours, theirs);
        else {
          assert.equal(theirs, other.bytes);
          assert.notEqual(ours, theirs, 'no difference any more');
        }
      });
    }
  });
}

async function bytes(hands: BothHands, side: 'theirs' | 'ours', { key }: Row): Promise<string | undefined> {
  const path = `/service/${hands[side].name}/${key.replace('<name>', SELF)}`;
  return (await hands.store.read(path)).entries.get(path)?.value;
}
