import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { finished, folder } from './tools.ts';

async function script(t: TestContext, shell: string): Promise<string> {
  const { code, stdout, stderr } = await finished(t, ['completion', shell]);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** What `--help` of a command lists: its sub-commands, and the long and short forms of its options. */
async function helped(t: TestContext, path: readonly string[]) {
  const { stdout } = await finished(t, [...path, '--help']);
  const listed = (title: string, line: RegExp) => {
    const [, section = ''] = new RegExp(`^${title}:\\n((?: .*\\n)+)`, 'm').exec(stdout) ?? [];
    return [...section.matchAll(line)].map(([, words = '']) => words);
  };
  const flags = listed('Options', /^ {2}(-[^ ,]+(?:, --[^ ]+)?)/gm).flatMap((words) => words.split(', '));
  return { commands: listed('Commands', /^ {2}([a-z][a-z-]*)/gm), flags };
}

/** What bash offers for a line whose last word is being typed. */
function offered(file: string, cwd: string, line: readonly string[]): string[] {
  const run = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tenure; printf "%s\\n" "\${COMPREPLY[@]}"`;
  const text = execFileSync('bash', ['--norc', '-c', run, file, 'tenure', ...line], { cwd, encoding: 'utf8' });
  return text.split('\n').filter((word) => word !== '');
}

test('completion: bash offers what each --help lists, and the scripts of the other shells name it', async (t) => {
  const cwd = await folder(t);
  const file = join(cwd, 'completion.bash');
  writeFileSync(file, await script(t, 'bash'));
  const others = [await script(t, 'zsh'), await script(t, 'fish')];
  const { commands } = await helped(t, []);
  assert.ok(commands.length >= 10, commands.join());
  assert.deepEqual(offered(file, cwd, ['']).sort(), [...commands].sort());
  const paths = commands.filter((name) => name !== 'help').map((name) => [name]);
  for (const path of paths) {
    const { commands: below, flags } = await helped(t, path);
    assert.ok(flags.includes('--help'), path.join());
    assert.deepEqual(offered(file, cwd, [...path, '-']).sort(), [...flags].sort(), path.join(' '));
    paths.push(...below.filter((name) => name !== 'help').map((name) => [...path, name]));
    for (const other of others) {
      for (const flag of flags.filter((name) => name.startsWith('--'))) {
        assert.match(other, new RegExp(`(${flag}|-l ${flag.slice(2)})\\b`), `${path.join(' ')} ${flag}`);
      }
      assert.match(other, new RegExp(`\\b${path.at(-1)}\\b`));
    }
  }
  assert.ok(paths.length > commands.length, 'a command has commands of its own');
});

test('completion: bash knows values, files, and where another program begins', async (t) => {
  const cwd = await folder(t);
  const file = join(cwd, 'completion.bash');
  writeFileSync(file, await script(t, 'bash'));
  writeFileSync(join(cwd, 'patroni.yml'), '');
  mkdirSync(join(cwd, 'path'));
  for (const [line, wanted] of [
    [['ver'], ['version']],
    [['config', 'p'], ['patch']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['doctor', '--format', ''],
      ['pretty', 'tsv', 'json', 'yaml'],
    ],
    [
      ['dsn', '-r', 'sta'],
      ['standby_leader', 'standby'],
    ],
    [['status', '-c', 'patr'], ['patroni.yml']],
    // As bash has the words, by `=` in COMP_WORDBREAKS or without.
    [['doctor', '--format', '=', 'j'], ['json']],
    [
      ['doctor', '--format', '='],
      ['pretty', 'tsv', 'json', 'yaml'],
    ],
    [['doctor', '--format=j'], ['--format=json']],
    [['status', '--config', '=', 'patr'], ['patroni.yml']],
    [['status', '--config=patr'], ['--config=patroni.yml']],
    [['status', '--format', '=', 'json', '--wat'], []],
    [['list', '--format', '=', 'json', '--wat'], ['--watch']],
    [['help', 'ver'], ['version']],
    [['help', 'version', ''], []],
    [['config', 'help', 'p'], ['patch']],
    [
      ['import', '--store', 'x', 'pa'],
      ['path', 'patroni.yml'],
    ],
    [['migrate', '--from', 'x', '--d'], ['--dry-run']],
    // A value is not taken for a command.
    [['config', 'get', '--scope', 'set', '--fi'], []],
    [['status', '--scope', ''], []],
    [
      ['run', '--', 'pat'],
      ['path', 'patroni.yml'],
    ],
    [['nobody', ''], []],
  ] as const) {
    const found = offered(file, cwd, line);
    if (line[0] === 'run') for (const word of wanted) assert.ok(found.includes(word), found.join());
    else if (line[0] === 'nobody') assert.ok(!found.includes('get'), found.join());
    else assert.deepEqual(found.sort(), [...wanted].sort(), line.join(' '));
  }
});

test('completion: another shell is a usage error that names those there are', async (t) => {
  const { code, stderr } = await finished(t, ['completion', 'csh']);
  assert.equal(code, 2);
  assert.match(stderr, /Allowed choices are bash, zsh, fish/);
});
