import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { finished, folder } from './tools.ts';

/** A few cases are enough to see the command at work: the suite itself is tested where it lives. */
const SOME = 'commit: ';

test('conformance: a store named by URL passes, and the summary says how many', async (t) => {
  for (const url of ['embedded:', `embedded://${join(await folder(t), 'store.db')}`]) {
    const { code, stdout, stderr } = await finished(t, ['conformance', url, '--only', SOME]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^embedded (memory|file): [1-9]\d* passed, 0 failed\n$/);
  }
});

test('conformance: a harness of one’s own that breaks the contract fails, case by case', async (t) => {
  const harness = await module(
    t,
    `import { memory } from '${import.meta.resolve('@tenure/embedded')}';
     export default () => ({
       name: 'careless', ttl: 1000, grace: 0,
       connect: async () => {
         const store = memory();
         const commit = store.commit.bind(store);
         store.commit = (txn, options) => commit({ ...txn, guards: [] }, options);
         return store;
       },
     });`,
  );
  const { code, stdout } = await finished(t, ['conformance', harness, '--only', SOME, '--json']);
  assert.equal(code, 1);
  const lines = stdout
    .trim()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as { outcome?: string; title?: string; summary?: { store: string; failed: number } },
    );
  const failed = lines.filter(({ outcome }) => outcome === 'failed');
  assert.ok(failed.length > 0);
  assert.partialDeepStrictEqual(lines.at(-1), { summary: { store: 'careless', failed: failed.length } });
});

test('conformance: what cannot be tested says why', async (t) => {
  const noHarness = await module(t, 'export default 17;');
  for (const [args, wanted, exit] of [
    [['/no/such/harness.js'], /cannot be loaded/, 2],
    [[noHarness], /neither a harness nor a function/, 2],
    [['embedded:', '--only', 'no case is called this'], /no case has this in its title/, 2],
    [['redis://h'], /redis:\/\/ is unknown/, 2],
    [['etcd://127.0.0.1:1'], /etcd/, 3],
  ] as const) {
    const { code, stderr } = await finished(t, ['conformance', ...args]);
    assert.equal(code, exit, stderr);
    assert.match(stderr, wanted);
  }
});

async function module(t: TestContext, text: string): Promise<string> {
  const path = join(await folder(t), 'harness.mjs');
  await writeFile(path, text);
  return path;
}
