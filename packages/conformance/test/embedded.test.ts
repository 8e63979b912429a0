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
  describe(harness.name, { concurrency: CONCURRENCY }, () => {
    for (const { title, skip, run } of conformance(harness)) test(title, { skip }, run);
  });
}
