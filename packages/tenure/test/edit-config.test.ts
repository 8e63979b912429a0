import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Cluster, cluster, editor } from './cluster.ts';
import { type Ended, until } from './tools.ts';

async function stored(t: TestContext, config: unknown): Promise<Cluster> {
  const at = await cluster(t);
  await at.put('config', JSON.stringify(config));
  return at;
}

async function value(at: Cluster): Promise<unknown> {
  return JSON.parse((await at.raw('config')) ?? 'null');
}

test('edit-config: what the editor leaves is stored, as YAML or as JSON', async (t) => {
  const at = await stored(t, { ttl: 30, keep: true, word: 'on' });
  const yaml = await at.run('edit-config', ['--yes'], editor(at, 'sed -i "s/ttl: 30/ttl: 12/" "$1"'));
  assert.equal(yaml.code, 0, yaml.stderr);
  assert.deepEqual(await value(at), { ttl: 12, keep: true, word: 'on' });
  assert.match(yaml.stdout, /^--- now\n\+\+\+ then\n@@ .* @@\n keep: true\n-ttl: 30\n\+ttl: 12\n word: 'on'\n$/);
  const json = await at.run('edit-config', ['--yes', '--json'], editor(at, `sed -i 's/"ttl": 12/"ttl": 13/' "$1"`));
  assert.equal(json.code, 0, json.stderr);
  const { version, ...told } = JSON.parse(json.stdout) as Record<string, unknown>;
  assert.deepEqual([typeof version, told], ['string', { changed: true }]);
  assert.deepEqual(await value(at), { ttl: 13, keep: true, word: 'on' });
  const untouched = await at.run('edit-config', [], editor(at, 'true'));
  assert.deepEqual([untouched.code, untouched.stderr], [0, 'tenure: nothing was changed\n']);
});

test('edit-config: text that is no object, and an editor that fails, store nothing and keep the text', async (t) => {
  const at = await stored(t, { ttl: 30 });
  const broken = await at.run('edit-config', ['--yes'], editor(at, 'printf "a: [1\\nb: 2" > "$1"'));
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /line 2, column \d+: /);
  assert.equal(readFileSync(/your text is in (\S+)/.exec(broken.stderr)?.[1] ?? '', 'utf8'), 'a: [1\nb: 2');
  const removed = await at.run('edit-config', ['--yes'], editor(at, 'rm "$1"'));
  assert.equal(removed.code, 1);
  assert.match(
    removed.stderr,
    /^tenure: sh .*editor\.sh left nothing that can be read in .*config\.yaml \(ENOENT\): nothing was stored\n$/,
  );
  const leftIn = removed.stderr.match(/\S+(?=\/config\.yaml)/)?.[0];
  assert.equal(existsSync(leftIn ?? ''), false, leftIn);
  const failed = await at.run('edit-config', ['--yes'], editor(at, 'exit 3'));
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /ended with 3: nothing was stored/);
  assert.deepEqual(await value(at), { ttl: 30 });
});

test('edit-config: a text that is left empty, or is not UTF-8, stores nothing', async (t) => {
  const at = await stored(t, { ttl: 30 });
  for (const json of [[], ['--json']]) {
    const emptied = await at.run('edit-config', ['--yes', ...json], editor(at, 'echo > "$1"'));
    const why = 'tenure: the text was left empty: nothing was stored; {} is an empty config\n';
    assert.deepEqual([emptied.code, emptied.stdout, emptied.stderr], [1, '', why]);
    assert.deepEqual(kept(at), []);
  }
  const none = await at.run('edit-config', ['--yes'], editor(at, 'echo null > "$1"'));
  assert.deepEqual([none.code, / is empty; \{\} is an empty config\n/.test(none.stderr)], [1, true], none.stderr);
  const latin = await at.run('edit-config', ['--yes'], editor(at, 'printf "a: 1\\nb: caf\\351\\n" > "$1"'));
  assert.equal(latin.code, 1);
  assert.match(latin.stderr, /, line 2: it is not UTF-8\ntenure: Nothing was stored; your text is in \S+\n$/);
  assert.deepEqual(await value(at), { ttl: 30 });
});

test('edit-config: what was given by options or by a file is not kept, what came from stdin is', async (t) => {
  const file = (at: Cluster) => join(at.folder, 'change.yaml');
  for (const [args, input, count] of [
    [() => ['-s', 'ttl=12'], undefined, 0],
    [(at: Cluster) => ['--apply', file(at)], undefined, 0],
    [() => ['--replace', '-'], 'ttl: 12\n', 1],
  ] as const) {
    const at = await stored(t, { ttl: 30 });
    writeFileSync(file(at), 'ttl: 12\n');
    const done = await at.run('edit-config', args(at), input === undefined ? {} : { input });
    assert.equal(done.code, 1, done.stderr);
    assert.equal(kept(at).length, count, done.stderr);
  }
});

test('edit-config --json: also a dry run that changes nothing says that it was one', async (t) => {
  const at = await stored(t, { ttl: 30 });
  const same = { dryRun: true, value: { ttl: 30 }, yours: { ttl: 30 } };
  for (const [args, options] of [
    [['-s', 'ttl=30'], {}],
    [[], editor(at, 'true')],
  ] as const) {
    const dry = await at.run('edit-config', [...args, '--dry-run', '--json'], options);
    assert.equal(dry.code, 0, dry.stderr);
    const { version, ...told } = JSON.parse(dry.stdout) as Record<string, unknown>;
    assert.deepEqual(told, same);
    const done = await at.run('edit-config', [...args, '--json'], options);
    assert.deepEqual(JSON.parse(done.stdout), { version, changed: false }, 'the version is the same one');
  }
});

test('edit-config: a timing that Patroni ignores or changes is warned of before it is written, and only when it is new', async (t) => {
  const at = await stored(t, { ttl: 12 });
  const dry = await at.run('edit-config', ['-s', 'ttl=-5', '-s', 'loop_wait=abc', '--dry-run']);
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stderr, /^tenure: warning: ttl: it must be 20 s or more, got -5; Patroni takes 20 s$/m);
  assert.match(dry.stderr, /^tenure: warning: loop_wait: .* seconds, 1 or more, got "abc"; Patroni takes nothing of /m);
  const rule = await at.run('edit-config', ['-s', 'ttl=25', '--yes']);
  assert.match(
    rule.stderr,
    /loop_wait \+ 2·retry_timeout must not be over ttl, 25 s; Patroni takes loop_wait 5 s and ret/,
  );
  for (const args of [
    ['-s', 'pause=true'],
    ['-s', 'ttl="30"', '-s', 'loop_wait=10'],
  ]) {
    const well = await at.run('edit-config', [...args, '--yes']);
    assert.equal(well.code, 0, well.stderr);
    assert.doesNotMatch(well.stderr, /warning/);
  }
});

test('edit-config: without a terminal there is no editor but the one that is named', async (t) => {
  const at = await stored(t, { ttl: 30 });
  const { code, stderr } = await at.run('edit-config', [], { env: { EDITOR: '', VISUAL: '' } });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /^tenure: no editor can be used: neither VISUAL nor EDITOR is set, and there is no terminal; /);
  assert.deepEqual(kept(at), []);
});

test('edit-config --set and --pg: paths, YAML values, removal, parameters with dots in their names', async (t) => {
  const at = await stored(t, { ttl: 30, standby_cluster: { host: 'a' }, postgresql: { use_pg_rewind: true } });
  for (const [args, wanted] of [
    [['-s', 'ttl=20', '-s', 'pause=on', '-s', 'list=[1, x]'], { ttl: 20, pause: true, list: [1, 'x'] }],
    [['--set', 'standby_cluster.host=null'], { ttl: 20, standby_cluster: undefined, pause: true }],
    [
      ['-p', 'max_connections=200', '--pg', ' my.guc = on', '-s', 'postgresql.parameters.auto_explain.log=1 s'],
      {
        postgresql: {
          use_pg_rewind: true,
          parameters: { max_connections: 200, 'my.guc': true, 'auto_explain.log': '1 s' },
        },
      },
    ],
    [
      ['-p', 'max_connections=null', '-p', 'my.guc=null', '-p', 'auto_explain.log=null'],
      { postgresql: { use_pg_rewind: true } },
    ],
    [['-s', 'day=2030-01-31', '-s', 'ttl.inner=1'], { day: '2030-01-31', ttl: { inner: 1 } }],
    [['-s', 'word=y', '-s', 'day=null'], { word: 'y', day: undefined }],
  ] as const) {
    const { code, stderr } = await at.run('edit-config', ['--yes', ...args]);
    assert.equal(code, 0, stderr);
    const now = (await value(at)) as Record<string, unknown>;
    for (const [field, expected] of Object.entries(wanted)) assert.deepEqual(now[field], expected, field);
  }
});

test('edit-config --replace, --apply and --set, in that order, from files and stdin', async (t) => {
  const at = await stored(t, { old: 1 });
  const [whole, part] = [join(at.folder, 'whole.yaml'), join(at.folder, 'part.json')];
  writeFileSync(whole, 'ttl: 30\ntags:\n  a: 1\n  b: 2\nnothing: null\n');
  writeFileSync(part, '{"tags":{"a":null,"c":3}}');
  const all = await at.run('edit-config', ['--yes', '-s', 'ttl=20', '--apply', part, '--replace', whole]);
  assert.equal(all.code, 0, all.stderr);
  assert.deepEqual(await value(at), { ttl: 20, tags: { b: 2, c: 3 } });
  const applied = await at.run('edit-config', ['--force', '--apply', '-'], { input: 'tags:\n  b: null\n' });
  assert.equal(applied.code, 0, applied.stderr);
  assert.deepEqual(await value(at), { ttl: 20, tags: { c: 3 } });
  const unasked = await at.run('edit-config', ['--replace', '-'], { input: 'ttl: 1\n' });
  assert.deepEqual([unasked.code, await value(at)], [1, { ttl: 20, tags: { c: 3 } }]);
  assert.match(unasked.stderr, /stdin ended without an answer; --yes asks nothing\n$/);
  const dry = await at.run('edit-config', ['--dry-run', '--json', '-s', 'ttl=1']);
  assert.equal(dry.code, 0);
  assert.partialDeepStrictEqual(JSON.parse(dry.stdout), { dryRun: true, value: { ttl: 20 }, yours: { ttl: 1 } });
  assert.deepEqual(await value(at), { ttl: 20, tags: { c: 3 } });
});

test('edit-config: what cannot be meant is refused with its place', async (t) => {
  const at = await stored(t, { ttl: 30 });
  for (const [args, input, wanted] of [
    [['-s', 'ttl'], '', /"ttl": write field=value or field.inner=value/],
    [['-s', 'a..b=1'], '', /write field=value/],
    [['-s', 'ttl='], '', /^tenure: ttl=: no value; ttl=null removes the field, ttl='""' makes it an empty text\n$/],
    [['-s', 'ttl=[1'], '', /^tenure: ttl, line 1, column 3: /],
    [['-s', 'ttl=.nan'], '', /^tenure: ttl: value must be a finite number, got NaN\n$/],
    [['--apply', '-'], 'a: 1\na: 2', /^tenure: stdin, line 2, column 1: Map keys must be unique\n$/],
    [['--replace', '-'], '\n', /^tenure: stdin is empty; \{\} is an empty config\n$/],
    [['--replace', '-'], '# nothing\n', /^tenure: stdin is empty; \{\} is an empty config\n$/],
    [['--apply', '-'], Buffer.from('a: 1\nb: \xe9\n', 'latin1'), /^tenure: stdin, line 2: it is not UTF-8\n$/],
    [['--apply', '-'], '[1]', /stdin: the config must be an object, got \[1\]/],
    [['--replace', '-', '--apply', '-'], '', /stdin can be only one of them/],
    [['--apply', join(at.folder, 'none')], '', /cannot be read \(ENOENT\)/],
  ] as const) {
    const { code, stderr } = await at.run('edit-config', ['--yes', ...args], { input });
    assert.equal(code, 2, stderr);
    assert.match(stderr, wanted);
  }
  assert.deepEqual(await value(at), { ttl: 30 });
});

test('edit-config: a concurrent change of other fields is shown and merged', async (t) => {
  const at = await stored(t, { ttl: 30, tags: { a: 1 } });
  const theirs = await editing(at, 'sed -i "s/ttl: 30/ttl: 12/" "$1"', '{"ttl":30,"tags":{"a":1,"b":2}}');
  assert.equal(theirs.code, 0, theirs.stderr);
  assert.match(theirs.stderr, /changed by someone else; your change is merged into it/);
  assert.match(theirs.stdout, /\n\+ {2}b: 2\n/);
  assert.deepEqual(await value(at), { ttl: 12, tags: { a: 1, b: 2 } });
});

test('edit-config: a pipe answers one question after the other; without an answer, or with no, what was edited is kept', async (t) => {
  const script = 'sed -i "s/ttl: 30/ttl: 12/" "$1"';
  for (const [answers, code, stored12] of [
    ['y\ny\n', 0, true],
    ['y\n', 1, false],
    ['y\nn\n', 1, false],
  ] as const) {
    const at = await stored(t, { ttl: 30 });
    const done = await editing(at, script, '{"ttl":30,"b":2}', answers);
    assert.equal(done.code, code, done.stderr);
    assert.deepEqual(await value(at), stored12 ? { ttl: 12, b: 2 } : { ttl: 30, b: 2 });
    if (!stored12) assert.equal(readFileSync(keptIn(done), 'utf8'), 'b: 2\nttl: 12\n');
  }
});

test('edit-config: a concurrent change of the same field, or of what is replaced, is refused, shown, and nothing is lost', async (t) => {
  const at = await stored(t, { ttl: 30, other: 1 });
  const same = await editing(at, 'sed -i "s/ttl: 30/ttl: 12/" "$1"', '{"ttl":25,"other":1}');
  assert.equal(same.code, 1);
  assert.match(
    same.stderr,
    /^tenure: changed by both: ttl\ntenure: refused: the config was changed by someone else; /m,
  );
  assert.match(same.stdout, /-ttl: 30\n\+ttl: 25/);
  assert.equal(readFileSync(keptIn(same), 'utf8'), 'other: 1\nttl: 12\n');
  assert.deepEqual(await value(at), { ttl: 25, other: 1 });
  const whole = join(at.folder, 'whole.yaml');
  writeFileSync(whole, 'ttl: 12\n');
  const replacing = at.start('edit-config', ['--replace', whole], { input: { open: true } });
  await until('the question', () => replacing.stderr().includes('Change the config of s? [y/N]'));
  await at.put('config', '{"ttl":25,"other":2}');
  replacing.process.stdin?.end('y\n');
  const replaced = await replacing.ended;
  assert.equal(replaced.code, 1);
  assert.match(replaced.stdout, /-other: 1\n\+other: 2/);
  assert.deepEqual(await value(at), { ttl: 25, other: 2 });
});

test('edit-config: says what an empty config is to a Patroni', async (t) => {
  const at = await stored(t, { ttl: 30 });
  const { code, stderr } = await at.run('edit-config', ['--yes', '--replace', '-'], { input: '{}' });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /an empty config counts as none/);
  assert.deepEqual(await value(at), {});
});

test('edit-config: makes the first config, and replaces one that is garbage only when told to', async (t) => {
  const at = await cluster(t);
  await at.put('history', '[]');
  const first = await at.run('edit-config', ['--yes', '-s', 'ttl=20']);
  assert.equal(first.code, 0, first.stderr);
  assert.equal(await at.raw('config'), '{"ttl":20}');
  await at.put('config', '[');
  const set = await at.run('edit-config', ['--yes', '-s', 'ttl=20']);
  assert.equal(set.code, 1);
  assert.match(set.stderr, /config is not a JSON object; replace it with: tenure edit-config --replace\n$/);
  const replaced = await at.run('edit-config', ['--yes', '--replace', '-'], { input: 'ttl: 10' });
  assert.equal(replaced.code, 0, replaced.stderr);
  assert.equal(await at.raw('config'), '{"ttl":10}');
});

/** The command with an editor during which somebody else stores `theirs`. */
/** Somebody else changes the config while the editor is open. With `answers` the questions are answered by a pipe. */
async function editing(at: Cluster, script: string, theirs: string, answers?: string): Promise<Ended> {
  const gate = join(at.folder, 'gate');
  const waiting = `touch "${gate}"; while [ -e "${gate}" ]; do sleep 0.05; done\n${script}`;
  const running =
    answers === undefined
      ? at.start('edit-config', ['--yes'], editor(at, waiting))
      : at.start('edit-config', [], { ...editor(at, waiting), input: answers });
  await until('the editor', () => existsSync(gate));
  await at.put('config', theirs);
  rmSync(gate);
  return await running.ended;
}

/** The folders in which a command left something. */
function kept(at: Cluster): string[] {
  return readdirSync(at.folder).filter((name) => name.startsWith('tenure-'));
}

function keptIn({ stderr }: Ended): string {
  return /[Yy]ours is kept in (\S+)/.exec(stderr)?.[1] ?? assert.fail(`no path in: ${stderr}`);
}
