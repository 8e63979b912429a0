import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { conformance, fileHarness, memoryHarness } from '@tenure/conformance';

const folder = mkdtempSync(join(tmpdir(), 'tenure-conformance-'));
after(() => rmSync(folder, { recursive: true }));

// Every call on a file holds the event loop, and with it all cases that run beside it.
const CONCURRENCY = 8;

for (const harness of [memoryHarness(), fileHarness(join(folder, 'store.db'))]) {
  const cases = [...conformance(harness)];
  describe(harness.name, { concurrency: CONCURRENCY }, () => {
    for (const { title, skip, run } of cases) test(title, { skip }, run);
  });
  test(`no case is skipped: ${harness.name}`, () => {
    assert.deepEqual(
      cases.filter(({ skip }) => skip !== false).map(({ title }) => title),
      [],
    );
  });
}
