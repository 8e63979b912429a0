import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, faultTable, toDcsError } from '../src/errors.ts';
import { ZkError } from '../src/rpc.ts';

/** Codes as org.apache.zookeeper.KeeperException.Code numbers them, with what follows from each. */
const cases: readonly [zk: number, dcs: string, outcome: string, again: boolean][] = [
  [1, 'UNAVAILABLE', 'refused', true],
  [2, 'UNAVAILABLE', 'unknown', true],
  [-1, 'UNAVAILABLE', 'unknown', true],
  [-2, 'UNAVAILABLE', 'refused', true],
  [-3, 'UNAVAILABLE', 'unknown', true],
  [-4, 'UNAVAILABLE', 'unknown', true],
  [-5, 'LIMIT', 'refused', false],
  [-6, 'UNAVAILABLE', 'refused', false],
  [-7, 'UNAVAILABLE', 'unknown', true],
  [-8, 'LIMIT', 'refused', false],
  [-12, 'UNAVAILABLE', 'refused', true],
  [-13, 'UNAVAILABLE', 'refused', true],
  [-14, 'UNAVAILABLE', 'refused', true],
  [-101, 'UNAVAILABLE', 'refused', true],
  [-102, 'DENIED', 'refused', false],
  [-103, 'UNAVAILABLE', 'refused', true],
  [-108, 'LIMIT', 'refused', false],
  [-110, 'UNAVAILABLE', 'refused', true],
  [-111, 'UNAVAILABLE', 'refused', true],
  [-112, 'SESSION_LOST', 'refused', false],
  [-114, 'DENIED', 'refused', false],
  [-115, 'DENIED', 'refused', false],
  [-118, 'UNAVAILABLE', 'refused', true],
  [-119, 'UNAVAILABLE', 'refused', true],
  [-124, 'DENIED', 'refused', false],
  [-125, 'LIMIT', 'refused', false],
  [-127, 'LIMIT', 'refused', false],
];

for (const [zk, dcs, outcome, again] of cases) {
  test(`code ${zk} is ${dcs}, ${outcome}${again ? ', worth another try' : ''}`, () => {
    const fault = faultOf(new ZkError(zk, true));
    assert.deepEqual([fault.code, fault.outcome, fault.again], [dcs, outcome, again]);
    const error = toDcsError(new ZkError(zk, true), 'commit', true);
    assert.equal(error.code, dcs);
    assert.equal(error.maybeApplied, outcome === 'unknown');
    assert.match(error.message, new RegExp(`^zookeeper: commit: .*code ${zk}`));
    assert.equal(toDcsError(new ZkError(zk, true), 'read', false).maybeApplied, false);
    assert.equal(toDcsError(new ZkError(zk, false), 'commit', true).maybeApplied, false, 'it was never sent');
  });
}

test('every row of the table has its case, and no code has two rows', () => {
  const codes = faultTable.map(({ zk }) => zk);
  assert.deepEqual([...codes].sort(), cases.map(([zk]) => zk).sort());
  assert.equal(new Set(codes).size, codes.length);
});

test('a code that is not in the table is UNAVAILABLE and may have been applied', () => {
  const error = toDcsError(new ZkError(-9999, true), 'commit', true);
  assert.equal(error.code, 'UNAVAILABLE');
  assert.equal(error.maybeApplied, true);
});
