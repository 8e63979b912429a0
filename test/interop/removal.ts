import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LEADER, writtenByPatroni } from './cluster.ts';
import { openCommands } from './commands.ts';
import type { Ground } from './ground.ts';
import type { PatroniVersion } from './patroni.ts';

/** `tenure remove` of what Patroni wrote. */
export function removal(ground: Ground, version: PatroniVersion): void {
  suite(`tenure remove, ${ground.server}, Patroni ${version}`, () => {
    test('leaves nothing of what Patroni wrote', async () => {
      const scope = `removed-${version}`;
      await using commands = await openCommands(ground, scope, version);
      await using observer = ground.dcs(scope, 'observer');
      await using _ = await writtenByPatroni(ground, scope, version);
      const refused = await commands.tenure('remove', ['--yes', '--leader', 'pg2']);
      assert.equal(refused.code, 1, 'another leader was named');
      assert.equal((await observer.view()).leader?.name, LEADER);
      const ended = await commands.tenure('remove', ['--yes', '--leader', LEADER]);
      assert.equal(ended.code, 0, ended.stderr);
      assert.doesNotMatch(ended.stderr, /written again/);
      const { entries } = await observer.store.read(`/service/${scope}/`);
      assert.deepEqual([...entries.keys()], []);
      const frame = (await commands.patronictl('list')).stdout.trimEnd().split('\n');
      assert.equal(frame.length, 4, 'patronictl shows a table without rows');
    });
  });
}
