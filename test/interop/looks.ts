import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { writtenByPatroni, writtenByTenure } from './cluster.ts';
import { type Commands, openCommands } from './commands.ts';
import type { Ground } from './ground.ts';

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
/** The one whose columns `tenure` has. */
const version = '4.1';

/** `patronictl` and `tenure` show the same cluster in the same lines, whoever wrote it. */
export function looksAlike(ground: Ground): void {
  const writers = {
    Tenure: (scope: string) => writtenByTenure(ground, scope),
    Patroni: (scope: string) => writtenByPatroni(ground, scope, version),
  };
  for (const [writer, write] of Object.entries(writers)) {
    suite(`looks at what ${writer} wrote, ${ground.server}, patronictl ${version}`, () => {
      const scope = `looked-${writer.toLowerCase()}`;
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
          assert.deepEqual(shown(ours.stdout, options), shown(theirs.stdout, options));
        });
      }
    });
  }
}

/** The lines; of JSON what it says, since Python puts blanks into it. patronictl ends its YAML with an empty line more. */
function shown(text: string, options: readonly string[]): unknown {
  return options.includes('json') ? JSON.parse(text) : text.trimEnd().split('\n');
}
