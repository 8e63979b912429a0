import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { Store } from '@tenure/core';
import { file } from '../src/index.ts';
import { Child, put, seen, temporaryFile, values } from './help.ts';

/** A user without rights, for a test that runs as root. */
const NOBODY = 65_534;

function open(t: TestContext, path: string): Store {
  const store = file(path);
  t.after(() => store.close());
  return store;
}

async function sql(path: string, statements: string): Promise<void> {
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec(statements);
  db.close();
}

test('what was committed is there after every process has closed', async (t) => {
  const path = temporaryFile(t);
  const first = open(t, path);
  const version = (await first.commit(put('k', 'v')))?.versions.get('k') ?? null;
  const session = await first.openSession(60_000);
  await first.commit({ guards: [], writes: [{ type: 'put', key: 'bound', value: 'v', session }] });
  await first.close();
  const second = open(t, path);
  assert.deepEqual(values(await second.read('')), { k: 'v', bound: 'v' });
  assert.ok(await second.commit({ guards: [{ key: 'k', version }], writes: put('k', 'w').writes }));
});

test('no session outlives a boot', async (t) => {
  const path = temporaryFile(t);
  const store = open(t, path);
  const bind = async (key: string) => {
    const session = await store.openSession(60_000);
    await store.commit({ guards: [], writes: [{ type: 'put', key, value: 'v', session }] });
    return session;
  };
  const [before, future] = [await bind('before'), await bind('future')];
  await bind('kept');
  await sql(path, `UPDATE sessions SET boot = 'another' WHERE id = '${before.id}'`);
  // Where the kernel names no boots, one that was renewed later than now is of another boot; the next write purges it.
  await sql(path, `UPDATE sessions SET expires = expires + 60000000 WHERE id = '${future.id}'`);
  assert.deepEqual(Object.keys(values(await store.read(''))), ['future', 'kept']);
  for (const session of [before, future]) await assert.rejects(session.renew(), { code: 'SESSION_LOST' });
  await store.commit({ guards: [], writes: [] });
  assert.deepEqual(values(await store.read('')), { kept: 'v' });
});

test("an administrator's SQL is seen: an ended session, bytes that are no text", async (t) => {
  const path = temporaryFile(t);
  const store = open(t, path);
  const session = await store.openSession(60_000);
  await store.commit({ guards: [], writes: [{ type: 'put', key: 'bound', value: 'v', session }] });
  const watch = store.watch('')[Symbol.asyncIterator]();
  await seen(watch, ({ entries }) => entries.has('bound'));
  await sql(path, `DELETE FROM sessions; INSERT INTO keys VALUES ('raw', x'61ff', 1, NULL), ('text', x'62', 1, NULL)`);
  const { entries } = await seen(watch, (snapshot) => snapshot.entries.has('raw'));
  assert.deepEqual([...entries.keys()], ['raw', 'text']);
  assert.deepEqual([entries.get('raw')?.value, entries.get('raw')?.malformed], ['a\ufffd', true]);
  assert.equal(entries.get('text')?.malformed, undefined);
  await watch.return?.();
});

test('a file that is not ours is refused by name and left as it is', async (t) => {
  const path = temporaryFile(t);
  const cases: [string, (path: string) => void, RegExp][] = [
    ['short', (to) => writeFileSync(to, 'a few words'), /is not a SQLite database/],
    ['long', (to) => writeFileSync(to, 'many words '.repeat(5_000)), /is not a SQLite database/],
    ['foreign', (to) => new DatabaseSync(to).exec('CREATE TABLE theirs (a)'), /another application/],
    ['marked', (to) => new DatabaseSync(to).exec('PRAGMA application_id = 7'), /another application/],
    [
      'newer',
      (to) => new DatabaseSync(to).exec('PRAGMA application_id = 1416524389; PRAGMA user_version = 9'),
      /version 9/,
    ],
  ];
  for (const [name, create, message] of cases) {
    const target = join(dirname(path), name);
    create(target);
    const before = readFileSync(target);
    const store = open(t, target);
    for (const call of [store.read(''), store.commit(put('k', 'v')), store.watch('')[Symbol.asyncIterator]().next()]) {
      await assert.rejects(call, (error: Error & { code?: string }) => {
        assert.equal(error.code, 'INVALID_DATA', error.message);
        assert.match(error.message, message);
        assert.ok(error.message.includes(target));
        return true;
      });
    }
    await store.close();
    assert.deepEqual(readFileSync(target), before, name);
  }
});

test('paths that cannot be are refused', async (t) => {
  const path = temporaryFile(t);
  for (const wrong of ['', 'a\0b', undefined as unknown as string]) assert.throws(() => file(wrong), TypeError);
  await assert.rejects(open(t, join(path, 'missing', 'x.db')).read(''), {
    code: 'UNAVAILABLE',
    message: /no directory/,
  });
  await assert.rejects(open(t, dirname(path)).read(''), { code: 'INVALID_DATA', message: /is not a file/ });
});

test('a file or directory that may not be written is refused by name', async (t) => {
  const path = temporaryFile(t);
  const store = file(path);
  await store.commit(put('k', 'v'));
  await store.close();
  const asRoot = process.getuid?.() === 0;
  const refusal = async (target: string) => {
    const child = new Child(t, 'refused', asRoot ? [target, String(NOBODY)] : [target]);
    return await child.rest();
  };
  if (asRoot) chownSync(dirname(path), NOBODY, NOBODY);

  chmodSync(path, 0o444);
  for (const line of await refusal(path)) assert.match(line, /^DENIED .*store\.db may not be read and written/);

  const closed = join(dirname(path), 'closed');
  mkdirSync(closed);
  const inside = join(closed, 'store.db');
  renameSync(path, inside);
  chmodSync(inside, 0o666);
  chmodSync(closed, 0o555);
  const before = statSync(inside).mtimeMs;
  const lines = await refusal(inside);
  assert.equal(lines.length, 2);
  for (const line of lines) assert.match(line, /^DENIED .*store\.db needs a directory that this process may write/);
  assert.equal(statSync(inside).mtimeMs, before);
});

test('a store whose file is taken away stops, and goes on with what then has its name', async (t) => {
  const path = temporaryFile(t);
  const store = open(t, path);
  const session = await store.openSession(60_000);
  await store.commit({ guards: [], writes: [{ type: 'put', key: 'k', value: 'old', session }] });
  renameSync(path, `${path}.away`);
  for (const suffix of ['-wal', '-shm']) renameSync(path + suffix, `${path}.away${suffix}`);
  await assert.rejects(session.renew(), { code: 'UNAVAILABLE', message: /removed/ });
  const other = open(t, path);
  await other.commit(put('k', 'new'));
  assert.deepEqual(values(await store.read('')), { k: 'new' });
  await assert.rejects(session.renew(), { code: 'SESSION_LOST' });
  await store.close();
  assert.deepEqual(values(await other.read('')), { k: 'new' });
  assert.deepEqual(values(await open(t, `${path}.away`).read('')), { k: 'old' });
});

test('many processes may be the first to open one file', async (t) => {
  const path = temporaryFile(t);
  const children = Array.from({ length: 4 }, () => new Child(t, 'counter', [path, '5']));
  for (const lines of await Promise.all(children.map((child) => child.rest()))) assert.equal(lines.length, 5);
  assert.deepEqual(children.map(({ errors }) => errors).join(''), '');
});
