import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Store, Write } from '@tenure/core';
import { file } from '@tenure/embedded';
import { open } from 'tenure';
import { planMigration } from '../src/transfer/migrate.ts';
import { planRestoration, restore } from '../src/transfer/restore.ts';
import { everyServer, storesOf, urlOf } from './served.ts';
import { finished, folder } from './tools.ts';

/** What a scope may hold, all that JSON and UTF-8 make difficult among it. */
const KEYS: Readonly<Record<string, string>> = {
  config: '{"ttl":30,  "odd":"spaces"}\n',
  epoch: '5',
  failover: '{}',
  history: '[[1,67108864,"no recovery target specified","2026-01-01T00:00:00+00:00","é😀"]]',
  initialize: '7123456789012345678',
  status: '\ufeff{"optime":1}\u0000\u007f',
  sync: '{"leader":null,"quorum":null,"sync_standby":null}',
  '1/config': '',
  '1/epoch': '2',
};

interface Place {
  readonly path: string;
  readonly url: string;
}

async function place(t: TestContext): Promise<Place> {
  const path = join(await folder(t), 'store.db');
  return { path, url: `embedded://${path}` };
}

async function put(store: Pick<Store, 'commit'>, keys: Readonly<Record<string, string>>): Promise<void> {
  const writes: Write[] = Object.entries(keys).map(([key, value]) => ({
    type: 'put',
    key: `/service/s/${key}`,
    value,
  }));
  for (let at = 0; at < writes.length; at += 100)
    await store.commit({ guards: [], writes: writes.slice(at, at + 100) });
}

async function filled(t: TestContext, keys = KEYS): Promise<Place> {
  const made = await place(t);
  await using store = file(made.path);
  await put(store, keys);
  return made;
}

/** All keys below `/service/s/`. */
async function held(store: Pick<Store, 'read'>): Promise<Record<string, string>> {
  const { entries } = await store.read('/service/s/');
  return Object.fromEntries([...entries].map(([key, { value }]) => [key.slice('/service/s/'.length), value]));
}

async function heldIn({ path }: Place): Promise<Record<string, string>> {
  await using store = file(path);
  return await held(store);
}

async function exported(t: TestContext, { url }: Place): Promise<string> {
  const { code, stdout, stderr } = await finished(t, ['export', '--store', url, '--scope', 's']);
  assert.equal(code, 0, stderr);
  const path = join(await folder(t), 'dump.json');
  await writeFile(path, stdout);
  return path;
}

test('export and import: every permanent key comes back to the byte, under the names of the export', async (t) => {
  const from = await filled(t);
  await using dcs = await open(`${from.url}?scope=s&name=a`);
  await dcs.announce({ state: 'running' });
  await dcs.campaign();
  const path = await exported(t, from);
  const dump = JSON.parse(await readFile(path, 'utf8')) as { keys: { key: string; session?: string }[] };
  assert.partialDeepStrictEqual(dump, {
    format: 'tenure-scope-1',
    store: 'embedded',
    namespace: 'service',
    scope: 's',
  });
  assert.deepEqual(
    dump.keys.filter(({ session }) => session !== undefined).map(({ key }) => key),
    ['leader', 'members/a'],
  );
  const to = await place(t);
  const dry = await finished(t, ['import', path, '--store', to.url, '--dry-run', '--json']);
  assert.equal(dry.code, 0, dry.stderr);
  const { steps } = JSON.parse(dry.stdout) as { steps: { action: string; key: string }[] };
  assert.deepEqual(
    steps.filter(({ action }) => action !== 'put').map(({ key }) => key),
    ['leader', 'members/a'],
  );
  assert.deepEqual(await heldIn(to), {});
  const input = await readFile(path, 'utf8');
  const odd = await finished(t, ['import', '-', '--store', to.url], { input });
  assert.equal(odd.code, 1);
  assert.match(odd.stderr, /^tenure: warning: \/service\/s\/1\/config: config is not a JSON object$/m);
  assert.match(odd.stderr, /stdin ended without an answer; --yes asks nothing/);
  assert.deepEqual(await heldIn(to), {});
  const done = await finished(t, ['import', '-', '--yes', '--store', to.url], { input });
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^leave out +leader +it lives with its process$/m);
  assert.deepEqual(await heldIn(to), { ...KEYS, epoch: '6' });
});

test('export: of nothing, and of bytes that are not UTF-8, the code is 1', async (t) => {
  const from = await filled(t);
  const nothing = await finished(t, ['export', '--store', from.url, '--scope', 'other']);
  assert.deepEqual([nothing.code, nothing.stdout], [1, '']);
  assert.match(nothing.stderr, /\/service\/other\/: there is nothing/);
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(from.path);
  database.exec("UPDATE keys SET value = x'ff' WHERE key = '/service/s/config'");
  database.close();
  const odd = await finished(t, ['export', '--store', from.url, '--scope', 's']);
  assert.deepEqual([odd.code, odd.stdout], [1, '']);
  assert.match(odd.stderr, /\/service\/s\/config: the stored bytes are not UTF-8/);
});

test('import: a scope that is not empty is refused, --replace makes it the same but for a later epoch', async (t) => {
  const path = await exported(t, await filled(t));
  const to = await filled(t, { config: '{}', epoch: '9', '1/epoch': '1', other: 'x', status: KEYS.status ?? '' });
  const before = await heldIn(to);
  const refused = await finished(t, ['import', path, '--store', to.url]);
  assert.deepEqual([refused.code, refused.stdout], [1, '']);
  assert.match(refused.stderr, /is not empty: it has 3 keys; --replace replaces them/);
  assert.deepEqual(await heldIn(to), before);
  const done = await finished(t, ['import', path, '--store', to.url, '--replace'], { input: 'y\n' });
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, /^Replace what is in \/service\/s on embedded\? \[y\/N\] tenure: 8 writes were done\n$/m);
  for (const step of [/^delete +other$/m, /^keep +status$/m, /^keep +epoch$/m, /^put +config$/m]) {
    assert.match(done.stdout, step);
  }
  assert.deepEqual(await heldIn(to), { ...KEYS, epoch: '9' });
});

test('import --replace: without a yes nothing is replaced, and --yes asks nothing', async (t) => {
  const path = await exported(t, await filled(t));
  const to = await filled(t, { config: '{}', other: 'x' });
  const before = await heldIn(to);
  const dump = await readFile(path, 'utf8');
  for (const [args, input, wanted] of [
    [[path], '', /stdin ended without an answer; --yes asks nothing/],
    [[path], 'n\n', /nothing was written/],
    [[], dump, /stdin ended without an answer; --yes asks nothing/],
  ] as const) {
    const refused = await finished(t, ['import', ...args, '--store', to.url, '--replace'], { input });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, wanted);
    assert.deepEqual(await heldIn(to), before);
  }
  const done = await finished(t, ['import', '--store', to.url, '--replace', '--yes'], { input: dump });
  assert.equal(done.code, 0);
  assert.match(done.stderr, /^tenure: 10 writes were done\n$/m);
  assert.doesNotMatch(done.stderr, /\?/);
  assert.deepEqual(await heldIn(to), KEYS);
  const same = await finished(t, ['import', path, '--store', to.url, '--replace']);
  assert.deepEqual([same.code, same.stderr], [0, 'tenure: 0 writes were done\n'], 'nothing to ask for');
});

test('a dry run makes no store, and tells what it would do with an empty one', async (t) => {
  const from = await filled(t);
  const path = await exported(t, from);
  const own = await folder(t);
  const env = { XDG_STATE_HOME: own };
  for (const args of [
    ['import', path],
    ['migrate', '--from', from.url, '--scope', 's'],
    ['config', 'set', '{}'],
    ['config', 'patch', 'a=1'],
  ]) {
    const to = args[0] === 'migrate' ? '--to' : '--store';
    const target = [...args, to, `embedded://${join(own, 'new.db')}`, '--dry-run'];
    const named = await finished(t, target);
    assert.equal(named.code, 0, named.stderr);
    assert.match(named.stderr, /dry run: nothing was written/);
    if (to === '--store') assert.equal((await finished(t, [...args, '--dry-run'], { env })).code, 0);
    assert.deepEqual(await readdir(own), [], args.join(' '));
    const nowhere = await finished(t, [...args, to, `embedded://${join(own, 'none/new.db')}`, '--dry-run']);
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /there is no folder/);
  }
});

test('import: while somebody leads --replace is refused, and a leader that came meanwhile stops it', async (t) => {
  const path = await exported(t, await filled(t));
  const to = await place(t);
  await using dcs = await open(`${to.url}?scope=s&name=a`);
  const vacant = await dcs.store.read('/service/s/');
  const lease = await dcs.campaign();
  const before = await held(dcs.store);
  const refused = await finished(t, ['import', path, '--store', to.url, '--replace']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /somebody leads \(\/service\/s\/leader\); stop all members first/);
  const plan = planRestoration(JSON.parse(await readFile(path, 'utf8')), vacant, dcs.layout);
  const options = { signal: new AbortController().signal, timeout: 5000 };
  assert.equal(await restore(dcs.store, plan, options), 0);
  assert.deepEqual(await held(dcs.store), before);
  await lease.release();
  assert.equal(await restore(dcs.store, plan, options), 0, 'the epoch is another one');
});

test('import: more keys than one commit takes are written in several, and a value that is too large is told', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, group) => [`${group}/config`, `{"a":${group}}`]));
  const path = await exported(t, await filled(t, many));
  const to = await place(t);
  const done = await finished(t, ['import', path, '--store', to.url]);
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(await heldIn(to), many);
  const large = await exported(t, await filled(t, { config: 'x' }));
  await writeFile(large, (await readFile(large, 'utf8')).replace('"x"', JSON.stringify('x'.repeat(2 ** 21))));
  const refused = await finished(t, ['import', large, '--yes', '--store', (await place(t)).url]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^tenure: .*\/service\/s\/config.* bytes/m);
});

test('import: what is no export is a usage error that says why', async (t) => {
  const { url } = await place(t);
  const key = { key: 'a', value: 'b', version: '1' };
  const dump = { format: 'tenure-scope-1', store: 'x', namespace: '', scope: 's', keys: [key] };
  for (const [input, wanted] of [
    ['{', /stdin: is not JSON/],
    ['{}', /stdin: is no export: format/],
    [JSON.stringify({ ...dump, keys: [{ ...key, key: '/a' }] }), /keys\.0\.key: must be a path without a slash/],
    [JSON.stringify({ ...dump, scope: 'a/b' }), /stdin: is no export: scope must be one path segment/],
    [JSON.stringify({ ...dump, namespace: '\u0007' }), /stdin: is no export: namespace must be well-formed/],
    [JSON.stringify({ ...dump, keys: [key, key] }), /the key a is there twice/],
    ...['.', '..', 'a/../b', './a', 'a/.'].map(
      (path) =>
        [
          JSON.stringify({ ...dump, keys: [{ ...key, key: path }] }),
          /keys\.0\.key: must be a path without \. and/,
        ] as const,
    ),
    [
      JSON.stringify({ ...dump, keys: [{ ...key, value: '\ud800' }] }),
      /keys\.0\.value: must be text that UTF-8 can hold/,
    ],
    [JSON.stringify({ ...dump, keys: [{ ...key, key: 'a\udc00' }] }), /keys\.0\.key: must be text that UTF-8 can hold/],
  ] as const) {
    const { code, stderr } = await finished(t, ['import', '--store', url], { input });
    assert.equal(code, 2, stderr);
    assert.match(stderr, wanted);
  }
  const missing = await finished(t, ['import', '/no/such.json', '--store', url]);
  assert.equal(missing.code, 2);
});

test('import: an epoch or a request at which a cluster would stop is refused, also with --yes', async (t) => {
  const harmful = {
    epoch: 'abc',
    failover: '{"leader":"a","scheduled_at":"junk"}',
    '1/epoch': '-1',
    config: '{',
  };
  const path = await exported(t, await filled(t, harmful));
  const to = await place(t);
  const refused = await finished(t, ['import', path, '--store', to.url, '--yes']);
  assert.deepEqual([refused.code, refused.stdout], [1, '']);
  for (const line of [
    /^tenure: \/service\/s\/epoch: /m,
    /^tenure: \/service\/s\/failover: failover\.scheduled_at is not a time/m,
    /^tenure: \/service\/s\/1\/epoch: /m,
  ]) {
    assert.match(refused.stderr, line);
  }
  assert.doesNotMatch(refused.stderr, /config/);
  assert.deepEqual(await heldIn(to), {});
  const later = await filled(t, { epoch: '4', '1/epoch': '4', failover: harmful.failover });
  const kept = await finished(t, ['import', path, '--store', later.url, '--replace', '--yes']);
  assert.equal(kept.code, 0, kept.stderr);
  assert.match(kept.stderr, /^tenure: warning: \/service\/s\/config: config is not a JSON object$/m);
  assert.deepEqual(await heldIn(later), { ...harmful, epoch: '4', '1/epoch': '4' });
});

test('migrate: a copy that was removed can be made again, and import takes its place too', async (t) => {
  const from = await filled(t, { config: '{"ttl":30}', epoch: '5' });
  const to = await place(t);
  const args = ['migrate', '--from', from.url, '--scope', 's', '--to', to.url];
  assert.equal((await finished(t, args)).code, 0);
  const removed = await finished(t, ['remove', '--store', to.url, '--scope', 's'], {
    input: 's\nYes I am aware\n',
  });
  assert.equal(removed.code, 0, removed.stderr);
  assert.deepEqual(await heldIn(to), { epoch: '5' });
  await using store = file(to.path);
  await put(store, { epoch: '7', '1/epoch': '2' });
  const again = await finished(t, args);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /^tenure: 1 key was copied/);
  assert.deepEqual(await heldIn(to), { config: '{"ttl":30}', epoch: '7', '1/epoch': '2' });
  assert.match((await finished(t, args)).stderr, /is not empty: it has 1 key$/m);
  await store.commit({ guards: [], writes: [{ type: 'delete', key: '/service/s/config' }] });
  const imported = await finished(t, ['import', await exported(t, from), '--store', to.url]);
  assert.equal(imported.code, 0, imported.stderr);
  assert.deepEqual(await heldIn(to), { config: '{"ttl":30}', epoch: '7', '1/epoch': '2' });
});

test('migrate: a stopped scope of SQLite comes to each real store to the byte, and its next token follows', async (t) => {
  const from = await filled(t);
  for (const store of storesOf(await everyServer())) {
    const to = urlOf(store, undefined, { ttl: '12' });
    const args = ['migrate', '--from', from.url, '--scope', 's', '--to', to];
    const dry = await finished(t, [...args, '--dry-run']);
    assert.equal(dry.code, 0, dry.stderr);
    await using dcs = await open(urlOf(store, 's', { ttl: '12', name: 'b' }));
    assert.deepEqual(await held(dcs.store), {});
    const done = await finished(t, args);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stderr, /9 keys were copied, read again and found the same/);
    assert.deepEqual(await held(dcs.store), KEYS, store.name);
    const again = await finished(t, args);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /is not empty: it has 7 keys/);
    const lease = await dcs.campaign();
    assert.equal(lease.token, 6);
  }
  assert.deepEqual(await heldIn(from), KEYS);
});

test('migrate: while somebody leads, or could, it is refused unless the cluster is paused', async (t) => {
  const from = await filled(t, { config: '{"ttl":30}', '3/config': '{}' });
  const to = await place(t);
  const args = ['migrate', '--from', from.url, '--scope', 's', '--to', to.url];
  await using dcs = await open(`${from.url}?scope=s&name=a`);
  await dcs.announce({ state: 'running' });
  const member = await finished(t, args);
  assert.equal(member.code, 1);
  assert.match(member.stderr, /s: there is a: stop all members, or pause the cluster/);
  const lease = await dcs.campaign();
  const led = await finished(t, args);
  assert.equal(led.code, 1);
  assert.match(led.stderr, /s: a leads: stop all members/);
  await dcs.config.write({ ttl: 30, pause: 'on' });
  const paused = await finished(t, args);
  assert.equal(paused.code, 0, paused.stderr);
  assert.deepEqual(await heldIn(to), { config: '{"ttl":30,"pause":"on"}', '3/config': '{}', epoch: '1' });
  lease.assertHeld();
  await using worker = await open(`${from.url}?scope=s&name=w&group=3`);
  await worker.campaign();
  const grouped = await finished(t, args);
  assert.equal(grouped.code, 1);
  assert.match(grouped.stderr, /s\/3: w leads/);
});

test('migrate: what changes in the source or comes to the target meanwhile is noticed; the status may change', async (t) => {
  const from = await filled(t);
  const { migrate } = await import('../src/transfer/migrate.ts');
  const { signal } = new AbortController();
  await using source = await open(`${from.url}?scope=s&name=a`);
  const attempt = async (meanwhile: (target: Store) => Promise<void>) => {
    await using target = await open('embedded:?scope=s&name=a');
    const plan = await planMigration(source, target, signal);
    await meanwhile(target.store);
    await migrate(source, target, plan, signal);
  };
  await attempt(async () => await put(source.store, { status: '{"optime":2}' }));
  await assert.rejects(
    attempt(async () => await put(source.store, { epoch: '6', new: 'x' })),
    /\/service\/s on embedded was changed while it was copied: epoch, new; remove the copy and repeat/,
  );
  await assert.rejects(
    attempt(async (target) => await put(target, { config: 'x' })),
    /somebody wrote to \/service\/s on embedded meanwhile: 0 of 10 keys were written/,
  );
  await assert.rejects(
    attempt(async (target) => await put(target, { leader: 'x' })),
    /somebody wrote to \/service\/s on embedded meanwhile/,
  );
});

test('migrate: a patroni.yml names the scope that is moved', async (t) => {
  const path = join(await folder(t), 'patroni.yml');
  await writeFile(
    path,
    'scope: s\nrestapi: {}\nconsul: {url: "http://127.0.0.1:1"}\nbootstrap: {dcs: {retry_timeout: 3}}\n',
  );
  const { code, stderr } = await finished(t, ['migrate', '--from', path, '--to', (await place(t)).url]);
  assert.equal(code, 3, stderr);
  assert.match(stderr, /consul/);
});
