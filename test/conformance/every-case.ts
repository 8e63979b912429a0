import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { conformance, type Harness } from '@tenure/conformance';

/** Cases at a time: a server, its clients and their proxies share two cores. */
const CONCURRENCY = 12;

/** Registers the cases of the suite whose titles match, all by default, and a test that none of them is skipped. */
export function everyCase(harness: Harness, { concurrency = CONCURRENCY, titles = /./ } = {}): void {
  const all = [...conformance(harness)];
  const cases = all.filter(({ title }) => titles.test(title));
  suite(harness.name, { concurrency }, () => {
    for (const { title, skip, run } of cases) test(title, { skip }, run);
  });
  test(`no case is skipped: ${harness.name}`, () => {
    assert.deepEqual(
      cases.filter(({ skip }) => skip !== false).map(({ title }) => title),
      [],
    );
    assert.ok(all.length >= 120 && cases.length >= 100, `there are only ${cases.length} cases of ${all.length}`);
  });
}
