import assert from 'node:assert/strict';
import { type Definition, define } from '../case.ts';
import { absent, look, put, remove, valueAt, versionOf, write } from './tools.ts';

export const commitCases: readonly Definition[] = [
  define('commit: tells the version of each key that was put, which is the one a read shows', async (t) => {
    const store = await t.connect();
    await put(store, t.key('gone'), '');
    const [a, b, gone] = [t.key('a'), t.key('b'), t.key('gone')];
    const commit = await store.commit({
      guards: [],
      writes: [write(a, '1'), { type: 'delete', key: gone }, write(b, '2')],
    });
    const { entries } = await store.read(t.root);
    assert.equal(entries.get(a)?.version, versionOf(commit, a));
    assert.equal(entries.get(b)?.version, versionOf(commit, b));
    assert.deepEqual([...(commit?.versions.keys() ?? [])].sort(), [a, b]);
  }),

  define('commit: every put makes a new version, also of the same value', async (t) => {
    const store = await t.connect();
    const versions = new Set<string>();
    for (let n = 0; n < 5; n++) versions.add(await put(store, t.key('k'), 'same'));
    assert.equal(versions.size, 5);
  }),

  define('commit: a key keeps its version while other keys change', async (t) => {
    const store = await t.connect();
    const version = await put(store, t.key('k'), '');
    await put(store, t.key('k2'), '');
    await put(store, t.key('k/below'), '');
    await remove(store, t.key('k2'));
    assert.equal((await look(store, t.key('k')))?.version, version);
  }),

  define('commit: puts and deletes of one commit take effect together', async (t) => {
    const store = await t.connect();
    await put(store, t.key('old'), 'x');
    const writes = [
      { type: 'delete' as const, key: t.key('old') },
      write(t.key('new'), 'x'),
      write(t.key('deep/er'), 'x'),
    ];
    assert.ok(await store.commit({ guards: [], writes }));
    assert.deepEqual([...(await store.read(t.root)).entries.keys()].sort(), [t.key('deep/er'), t.key('new')]);
  }),

  define('commit: as many writes as the limit allows take effect together', async (t) => {
    const [writer, reader] = [await t.connect(), await t.connect()];
    const between = Array.from({ length: writer.limits.maxCommitOps - 2 }, (_, n) => t.key(`between/k${n}`));
    const keys = [t.key('both/a'), ...between, t.key('both/z')];
    let done = false;
    const writing = (async () => {
      for (let n = 0; n < 6; n++) {
        assert.ok(await writer.commit({ guards: [], writes: keys.map((key) => write(key, String(n))) }));
      }
    })().finally(() => {
      done = true;
    });
    // A failure of the reader must not leave this one unheard.
    writing.catch(() => {});
    while (!done) {
      const { entries } = await reader.read(t.key('both/'));
      assert.equal(entries.get(t.key('both/a'))?.value, entries.get(t.key('both/z'))?.value, 'one without the other');
      await t.sleep(5);
    }
    await writing;
  }),

  define('commit: one guard that fails is enough, wherever it stands, and then nothing is written', async (t) => {
    const store = await t.connect();
    const a = await put(store, t.key('a'), 'a');
    const b = await put(store, t.key('b'), 'b');
    const sound = [{ key: t.key('a'), version: a }, { key: t.key('b'), version: b }, absent(t.key('c'))];
    const failing = [absent(t.key('a')), { key: t.key('b'), version: null }, { key: t.key('c'), version: a }];
    for (let at = 0; at < sound.length; at++) {
      const guards = sound
        .map((guard, index) => (index === at ? failing[index] : guard))
        .filter((g) => g !== undefined);
      const writes = [write(t.key('new'), 'x'), write(t.key('a'), 'x'), { type: 'delete' as const, key: t.key('b') }];
      assert.equal(await store.commit({ guards, writes }), undefined, `guard ${at}`);
    }
    const { entries } = await store.read(t.root);
    assert.deepEqual([...entries.keys()].sort(), [t.key('a'), t.key('b')]);
    assert.equal(entries.get(t.key('a'))?.version, a);
    assert.equal(entries.get(t.key('b'))?.version, b);
  }),

  define('commit: without writes it proves its guards and changes nothing', async (t) => {
    const store = await t.connect();
    const version = await put(store, t.key('k'), '');
    const guards = [{ key: t.key('k'), version }, absent(t.key('none'))];
    const commit = await store.commit({ guards, writes: [] });
    assert.equal(commit?.versions.size, 0);
    assert.equal(await store.commit({ guards: [...guards, absent(t.key('k'))], writes: [] }), undefined);
    assert.equal((await look(store, t.key('k')))?.version, version);
    assert.equal((await store.read(t.root)).entries.size, 1);
  }),

  define('commit: without writes it sees every commit that returned before, whoever made it', async (t) => {
    const [writer, prover] = [await t.connect(), await t.connect()];
    let version = await put(writer, t.key('k'), '');
    for (let n = 0; n < 10; n++) {
      const guards = [{ key: t.key('k'), version }];
      assert.ok(await prover.commit({ guards, writes: [] }));
      version = await put(writer, t.key('k'), String(n));
      assert.equal(await prover.commit({ guards, writes: [] }), undefined);
    }
  }),

  define('commit: of nothing at all succeeds', async (t) => {
    const commit = await (await t.connect()).commit({ guards: [], writes: [] });
    assert.equal(commit?.versions.size, 0);
  }),

  define('commit: deleting an absent key is not an error, and does not keep the rest from happening', async (t) => {
    const store = await t.connect();
    await remove(store, t.key('none'));
    const writes = [{ type: 'delete' as const, key: t.key('none/deeper') }, write(t.key('k'), 'x')];
    assert.ok(await store.commit({ guards: [absent(t.key('none'))], writes }));
    assert.equal(await valueAt(store, t.key('k')), 'x');
  }),

  define('commit: a key with keys below it can be put, read and deleted without them', async (t) => {
    const store = await t.connect();
    await put(store, t.key('a/b/c'), 'below');
    assert.equal(await look(store, t.key('a')), undefined);
    for (const value of ['above', '']) {
      assert.ok(await store.commit({ guards: [absent(t.key('a/b'))], writes: [write(t.key('a/b'), value)] }));
      assert.equal((await look(store, t.key('a/b')))?.value, value);
      await remove(store, t.key('a/b'));
      assert.deepEqual([...(await store.read(t.root)).entries.keys()], [t.key('a/b/c')]);
    }
    assert.ok(await store.commit({ guards: [absent(t.key('a/b'))], writes: [] }));
  }),

  define('commit: of twelve clients that race to create a key exactly one wins', async (t) => {
    const stores = await Promise.all(Array.from({ length: 12 }, () => t.connect()));
    for (let round = 0; round < 3; round++) {
      const key = t.key(`race-${round}`);
      const race = stores.map((store, n) => store.commit({ guards: [absent(key)], writes: [write(key, String(n))] }));
      const commits = await Promise.all(race);
      const winners = commits.flatMap((commit, n) => (commit === undefined ? [] : [n]));
      assert.equal(winners.length, 1, `${winners.length} winners`);
      const entry = await look(stores[0] as (typeof stores)[0], key);
      assert.equal(entry?.value, String(winners[0]));
      assert.equal(entry.version, commits[winners[0] as number]?.versions.get(key));
    }
  }),

  define('commit: concurrent guarded increments lose nothing', async (t) => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => t.connect()));
    const key = t.key('counter');
    const each = 4;
    await Promise.all(
      stores.map(async (store) => {
        for (let done = 0; done < each; ) {
          const entry = await look(store, key);
          const guards = [{ key, version: entry?.version ?? null }];
          const next = String(Number(entry?.value ?? 0) + 1);
          if (await store.commit({ guards, writes: [write(key, next)] })) done++;
          else await t.sleep(1 + 5 * Math.random());
        }
      }),
    );
    assert.equal(await valueAt(await t.connect(), key), String(each * stores.length));
  }),

  define('commit: two clients that swap two keys back and forth never mix them', async (t) => {
    const stores = [await t.connect(), await t.connect()];
    await put(stores[0] as (typeof stores)[0], t.key('a'), '0');
    await put(stores[0] as (typeof stores)[0], t.key('b'), '1');
    await Promise.all(
      stores.map(async (store) => {
        for (let n = 0; n < 15; n++) {
          const { entries } = await store.read(t.root);
          const [a, b] = [entries.get(t.key('a')), entries.get(t.key('b'))];
          assert.ok(a && b && a.value !== b.value, 'both keys hold the same');
          const guards = [
            { key: t.key('a'), version: a.version },
            { key: t.key('b'), version: b.version },
          ];
          await store.commit({ guards, writes: [write(t.key('a'), b.value), write(t.key('b'), a.value)] });
        }
      }),
    );
  }),

  define('commit: a hundred calls at once on one client are all answered', async (t) => {
    const store = await t.connect();
    const keys = Array.from({ length: 100 }, (_, n) => t.key(`k${n}`));
    const commits = await Promise.all(keys.map((key) => put(store, key, key)));
    assert.equal(commits.length, 100);
    const { entries } = await store.read(t.root);
    assert.deepEqual([...entries.keys()].sort(), keys.sort());
  }),
];
