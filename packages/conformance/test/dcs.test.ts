import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { file, MemoryServer, memory } from '@tenure/embedded';
import { toCase } from '../src/case.ts';
import { dcsCases } from '../src/dcs/cases.ts';
import type { Harness } from '../src/harness.ts';
import { linkHarness } from '../src/link-harness.ts';
import { Turns } from '../src/turns.ts';

const server = new MemoryServer();
const decoder = new TextDecoder();
const onMemory: Harness = linkHarness({
  name: 'embedded memory',
  ttl: 900,
  grace: 50,
  connect: async () => memory({ server }),
  faults: { expire: async (session) => server.expire(session.id) },
  admin: {
    putRaw: async (key, bytes) => server.putRaw(key, bytes),
    delete: async (key) => {
      await memory({ server }).commit({ guards: [], writes: [{ type: 'delete', key }] });
    },
    get: async (key) => {
      const entry = (await memory({ server }).read(key)).entries.get(key);
      return entry && new TextEncoder().encode(entry.value);
    },
  },
});
void decoder;

for (const harness of [onMemory]) {
  describe(harness.name, { concurrency: 16 }, () => {
    const turns = new Turns();
    for (const definition of dcsCases) {
      const { title, skip, run } = toCase(definition, harness, turns);
      test(title, { skip }, run);
    }
  });
}
void [mkdtempSync, rmSync, tmpdir, join, after, file];
