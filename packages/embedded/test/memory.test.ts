import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryServer, memory, VirtualClock } from '../src/index.ts';
import { put, values } from './help.ts';

test('a session ends exactly at its ttl after the last renewal', async () => {
  const clock = new VirtualClock();
  const store = memory({ clock });
  const session = await store.openSession(1_000);
  await store.commit({ guards: [], writes: [{ type: 'put', key: 'k', value: 'v', session }] });
  await clock.advance(999);
  await session.renew();
  await clock.advance(999.5);
  assert.equal((await store.read('')).entries.size, 1);
  await clock.advance(0.5);
  assert.equal((await store.read('')).entries.size, 0);
  await assert.rejects(session.renew(), { code: 'SESSION_LOST' });
});

test('a watch sees expiry at its moment, by its own timer', async () => {
  const clock = new VirtualClock();
  const store = memory({ clock });
  const session = await store.openSession(700);
  await store.commit({ guards: [], writes: [{ type: 'put', key: 'k', value: 'v', session }] });
  const seen: [number, number][] = [];
  const ended = (async () => {
    for await (const { entries, asOf } of store.watch('k')) seen.push([asOf, entries.size]);
  })();
  const refused = assert.rejects(ended, { code: 'CLOSED' });
  await clock.advance(60_000);
  await store.close();
  await refused;
  assert.deepEqual(seen, [
    [0, 1],
    [700, 0],
  ]);
});

test('changes of one turn are one snapshot, and a snapshot never changes', async () => {
  const store = memory();
  const watch = store.watch('')[Symbol.asyncIterator]();
  const first = (await watch.next()).value;
  await Promise.all([store.commit(put('a', '1')), store.commit(put('b', '2'))]);
  assert.deepEqual(values((await watch.next()).value), { a: '1', b: '2' });
  assert.equal(first.entries.size, 0);
  const entry = (await store.read('a')).entries.get('a');
  assert.ok(Object.isFrozen(entry));
  await watch.return?.();
});

test("an administrator's hooks: a session expires, and bytes need not be text", async () => {
  const server = new MemoryServer();
  const store = memory({ server });
  const session = await store.openSession(60_000);
  await store.commit({ guards: [], writes: [{ type: 'put', key: 'bound', value: 'v', session }] });
  server.expire(session.id);
  server.putRaw('raw', Uint8Array.of(0x61, 0xff, 0x62));
  await store.commit(put('text', 'v'));
  const { entries } = await store.read('');
  assert.deepEqual([...entries.keys()].sort(), ['raw', 'text']);
  assert.deepEqual([entries.get('raw')?.value, entries.get('raw')?.malformed], ['a\ufffdb', true]);
  assert.equal(entries.get('text')?.malformed, undefined);
  const version = entries.get('raw')?.version ?? null;
  assert.ok(await store.commit({ guards: [{ key: 'raw', version }], writes: put('raw', 'mended').writes }));
});
