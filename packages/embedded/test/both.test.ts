import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DcsError, type Store } from '@tenure/core';
import { file, MemoryServer, memory } from '../src/index.ts';
import { put, seen, temporaryFile, values } from './help.ts';

type Connect = () => Store;

const kinds: Record<string, (t: TestContext) => Connect> = {
  memory: () => {
    const server = new MemoryServer();
    return () => memory({ server });
  },
  file: (t) => {
    const path = temporaryFile(t);
    return () => file(path);
  },
};

for (const [kind, prepare] of Object.entries(kinds)) {
  const check = (title: string, run: (connect: Connect) => Promise<void>) =>
    test(`${kind}: ${title}`, async (t) => {
      const stores: Store[] = [];
      t.after(async () => await Promise.all(stores.map((store) => store.close())));
      const open = prepare(t);
      await run(() => {
        const store = open();
        stores.push(store);
        return store;
      });
    });

  check('guards decide, the first version is a version, and every client sees the same', async (connect) => {
    const [a, b] = [connect(), connect()];
    const first = await a.commit({ guards: [{ key: 'p/k', version: null }], writes: put('p/k', 'one').writes });
    const version = first?.versions.get('p/k');
    assert.ok(version !== undefined);
    assert.equal(
      await b.commit({ guards: [{ key: 'p/k', version: null }], writes: put('p/k', 'two').writes }),
      undefined,
    );
    assert.ok(await b.commit({ guards: [{ key: 'p/k', version }], writes: put('p/k', 'two').writes }));
    assert.equal(await a.commit({ guards: [{ key: 'p/k', version }], writes: put('p/k', 'three').writes }), undefined);
    await a.commit(put('p0', 'beside'));
    await a.commit(put('q', 'after'));
    assert.deepEqual(values(await a.read('p/')), { 'p/k': 'two' });
  });

  check('a prefix is text, whatever its characters', async (connect) => {
    const store = connect();
    const keys = ['ä/1', 'ä/\u{10ffff}', 'ä/%', 'ä/_', 'ä\u{10ffff}', 'a/1', 'ä0'];
    for (const key of keys) await store.commit(put(key, 'x\0\u{1f600}\ufeff'));
    const { entries } = await store.read('ä/');
    assert.deepEqual(new Set(entries.keys()), new Set(['ä/1', 'ä/\u{10ffff}', 'ä/%', 'ä/_']));
    for (const { value } of entries.values()) assert.equal(value, 'x\0\u{1f600}\ufeff');
    assert.equal((await store.read('')).entries.size, keys.length);
  });

  check('keys end with their session, and move between sessions', async (connect) => {
    const [a, b] = [connect(), connect()];
    const [one, two] = [await a.openSession(60_000), await a.openSession(60_000)];
    const bound = (key: string, session = one) => ({ type: 'put', key, value: 'v', session }) as const;
    await a.commit({ guards: [], writes: [bound('stays'), bound('moves'), bound('goes')] });
    await a.commit({ guards: [], writes: [{ type: 'put', key: 'stays', value: 'v' }, bound('moves', two)] });
    assert.equal((await b.read('moves')).entries.get('moves')?.session, two.id);
    await one.end();
    await one.end();
    assert.deepEqual(Object.keys(values(await b.read(''))).sort(), ['moves', 'stays']);
    await assert.rejects(one.renew(), { code: 'SESSION_LOST' });
    const both = { guards: [], writes: [{ type: 'put', key: 'stays', value: 'lost' } as const, bound('dead')] };
    await assert.rejects(a.commit(both), { code: 'SESSION_LOST' });
    assert.equal(values(await b.read('stays')).stays, 'v');
  });

  check('a renewal commits with it, and prolongs also when the guards fail', async (connect) => {
    const store = connect();
    // Long enough that no stall of a loaded machine between two steps ends the session.
    const ttl = 1_500;
    const session = await store.openSession(ttl);
    const opened = store.clock.now();
    const own = { type: 'put', key: 'k', value: 'v', session } as const;
    assert.ok((await session.renew({ guards: [{ key: 'k', version: null }], writes: [own] }))?.versions.has('k'));
    await store.clock.sleep(ttl * 0.6);
    assert.equal(await session.renew({ guards: [{ key: 'k', version: null }], writes: [] }), undefined);
    await store.clock.sleep(opened + ttl * 1.2 - store.clock.now());
    assert.equal((await store.read('k')).entries.size, 1);
    const watch = store.watch('k')[Symbol.asyncIterator]();
    const gone = await seen(watch, ({ entries }) => entries.size === 0);
    assert.ok(gone.asOf - opened >= ttl * 1.6, `gone after ${gone.asOf - opened} ms`);
    await assert.rejects(session.renew(), { code: 'SESSION_LOST' });
    await watch.return?.();
  });

  check('a watch tells of other clients, and ends by abort and by close', async (connect) => {
    const [a, b] = [connect(), connect()];
    const abort = new AbortController();
    const [left, right] = [a.watch('p/', abort)[Symbol.asyncIterator](), a.watch('p/')[Symbol.asyncIterator]()];
    assert.equal((await seen(left, () => true)).entries.size, 0);
    await seen(right, () => true);
    await b.commit(put('q', 'elsewhere'));
    await b.commit(put('p/k', 'v'));
    for (const watch of [left, right]) assert.deepEqual(values(await seen(watch, () => true)), { 'p/k': 'v' });
    const reason = new Error('enough');
    const [aborted, closed] = [left.next(), right.next()];
    abort.abort(reason);
    await assert.rejects(aborted, reason);
    await a.close();
    await a.close();
    await assert.rejects(closed, { code: 'CLOSED' });
    await assert.rejects(a.watch('')[Symbol.asyncIterator]().next(), { code: 'CLOSED' });
    for (const call of [a.read(''), a.commit(put('k', 'v')), a.openSession(1_000)]) {
      await assert.rejects(call, (error) => DcsError.is(error, 'CLOSED'));
    }
    assert.deepEqual(values(await b.read('p')), { 'p/k': 'v' });
  });

  check('an idle watch stays confirmed', async (connect) => {
    const store = connect();
    // Three looks fall into it, and a loaded machine may be late for two of them.
    const staleAfter = 1000;
    const watch = store.watch('', { staleAfter })[Symbol.asyncIterator]();
    await seen(watch, () => true);
    const next = watch.next();
    const pause = store.clock.sleep(staleAfter * 2).then(() => 'nothing');
    assert.equal(await Promise.race([next, pause]), 'nothing');
    await watch.return?.();
    assert.equal((await next).done, true);
  });

  check('wrong arguments, aborted and late calls are refused before anything is done', async (connect) => {
    const [a, b] = [connect(), connect()];
    const foreign = await b.openSession(60_000);
    await assert.rejects(a.openSession(99), RangeError);
    await assert.rejects(a.openSession(24 * 60 * 60 * 1000 + 1), RangeError);
    const stranger = { type: 'put', key: 'k', value: 'v', session: foreign } as const;
    await assert.rejects(a.commit({ guards: [], writes: [stranger] }), TypeError);
    await assert.rejects(a.commit(put('k', 'x'.repeat(1024 * 1024 + 1))), RangeError);
    await assert.rejects(a.commit(put('k', 'v'), { timeout: Number.NaN }), RangeError);
    await assert.rejects(a.commit(put('k', 'v'), { timeout: 0 }), { code: 'UNAVAILABLE', maybeApplied: false });
    const reason = new Error('no more');
    await assert.rejects(a.commit(put('k', 'v'), { signal: AbortSignal.abort(reason) }), reason);
    assert.equal((await b.read('')).entries.size, 0);
  });
}
