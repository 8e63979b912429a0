import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { conformance, fileHarness, memoryHarness } from '@tenure/conformance';

const folder = mkdtempSync(join(tmpdir(), 'tenure-conformance-'));
after(() => rmSync(folder, { recursive: true }));

for (const harness of [memoryHarness(), fileHarness(join(folder, 'store.db'))]) {
  describe(harness.name, { concurrency: 16 }, () => {
    for (const { title, skip, run } of conformance(harness)) test(title, { skip }, run);
  });
}
