import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { writtenByPatroni, writtenByTenure } from './cluster.ts';
import { type Commands, openCommands } from './commands.ts';
import type { Ground } from './ground.ts';
import { asOf } from './older-looks.ts';
import type { PatroniVersion } from './patroni.ts';

/** What both commands show. */
const looks: readonly (readonly string[])[] = [
  ['list'],
  ['list', '-e'],
  ['list', '--format', 'tsv'],
  ['list', '--format', 'json'],
  ['topology'],
  ['history'],
  ['history', '--format', 'json'],
  ['show-config'],
];
/**
 * `patronictl` and `tenure` show the same cluster in the same lines, whoever wrote it. `tenure` has the columns of 4.1;
 * beside an older one its lines are compared in the columns of that.
 */
export function looksAlike(ground: Ground, version: PatroniVersion): void {
  const writers = {
    Tenure: (scope: string) => writtenByTenure(ground, scope),
    Patroni: (scope: string) => writtenByPatroni(ground, scope, version),
  };
  for (const [writer, write] of Object.entries(writers)) {
    suite(`looks at what ${writer} wrote, ${ground.server}, patronictl ${version}`, () => {
      const scope = `looked-${version}-${writer.toLowerCase()}`;
      const held = new AsyncDisposableStack();
      let commands: Commands;
      before(async () => {
        commands = held.use(await openCommands(ground, scope, version));
        held.use(await write(scope));
      });
      after(() => held.disposeAsync());
      for (const [command = '', ...options] of looks) {
        test([command, ...options].join(' '), async () => {
          const [theirs, ours] = await Promise.all([
            commands.patronictl(command, options),
            commands.tenure(command, options),
          ]);
          assert.deepEqual([theirs.code, ours.code], [0, 0], theirs.stderr + ours.stderr);
          assert.deepEqual(asOf(version, ours.stdout, options), asOf(version, theirs.stdout, options));
        });
      }
    });
  }
}
