import assert from 'node:assert/strict';
import { type Definition, define, waits } from '../case.ts';
import { staysAlive } from './sessions.ts';
import {
  absent,
  failsWith,
  long,
  look,
  put,
  rejectsAs,
  remove,
  tellsOfItsEnd,
  valueAt,
  versionOf,
  write,
} from './tools.ts';

export const renewCases: readonly Definition[] = [
  define('renew: without a txn resolves like a commit of nothing', async (t) => {
    const store = await t.connect();
    await using session = await store.openSession(long(t, store));
    assert.equal((await session.renew())?.versions.size, 0);
  }),

  waits('renew: with guards that hold resolves with a commit and keeps the session', async (t) => {
    const store = await t.connect();
    const version = await put(store, t.key('epoch'), '1');
    const guards = [{ key: t.key('epoch'), version }];
    await staysAlive(t, store, async (session) => {
      assert.ok(await session.renew({ guards, writes: [] }), 'the guards held');
    });
  }),

  waits('renew: with a guard that fails is undefined, and keeps the session all the same', async (t) => {
    const store = await t.connect();
    await put(store, t.key('epoch'), '1');
    await staysAlive(t, store, async (session) => {
      const answer = await session.renew({ guards: [absent(t.key('epoch'))], writes: [write(t.key('status'), 'x')] });
      assert.equal(answer, undefined, 'the guard did not hold');
    });
    assert.equal(await look(store, t.key('status')), undefined);
  }),

  waits('renew: with a write that is done keeps the session', async (t) => {
    const store = await t.connect();
    let n = 0;
    await staysAlive(t, store, async (session) => {
      n++;
      const commit = await session.renew({ guards: [], writes: [write(t.key('status'), String(n))] });
      versionOf(commit, t.key('status'));
    });
    assert.equal(await valueAt(store, t.key('status')), String(n));
  }),

  define('renew: proves the key: one that was taken away fails the renewal while the session lives', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    await using session = await store.openSession(long(t, store));
    const version = await put(store, t.key('leader'), 'me', session);
    const proof = { guards: [{ key: t.key('leader'), version }], writes: [] };
    assert.ok(await session.renew(proof));
    await remove(other, t.key('leader'));
    assert.equal(await session.renew(proof), undefined);
    await put(other, t.key('leader'), 'them');
    assert.equal(await session.renew(proof), undefined);
    assert.ok(await session.renew(), 'the session itself lives');
  }),

  define('renew: writes under its guards, all or nothing, and tells the versions', async (t) => {
    const store = await t.connect();
    await using session = await store.openSession(long(t, store));
    const version = await put(store, t.key('leader'), 'me', session);
    const guards = [{ key: t.key('leader'), version }];
    const writes = [write(t.key('status'), '1'), write(t.key('leader'), 'me', session)];
    const commit = await session.renew({ guards, writes });
    assert.equal((await look(store, t.key('status')))?.version, versionOf(commit, t.key('status')));
    assert.equal((await look(store, t.key('leader')))?.session, session.id);
    const stale = [write(t.key('status'), 'stale'), { type: 'delete' as const, key: t.key('leader') }];
    // The leader key has moved on by the commit above; if its version repeats, the one of `status` tells.
    const old = [...guards, absent(t.key('status'))];
    assert.equal(await session.renew({ guards: old, writes: stale }), undefined);
    assert.equal(await valueAt(store, t.key('status')), '1');
    assert.equal(await valueAt(store, t.key('leader')), 'me');
  }),

  define('renew: may take a key over from another session', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    await using session = await store.openSession(long(t, store));
    const theirs = await other.openSession(long(t, other));
    await put(other, t.key('k'), 'theirs', theirs);
    assert.ok(await session.renew({ guards: [], writes: [write(t.key('k'), 'mine', session)] }));
    await theirs.end();
    assert.equal((await look(other, t.key('k')))?.session, session.id);
  }),

  waits('renew: of one session does not prolong another of the same client', async (t) => {
    const store = await t.connect();
    const [kept, left] = [await store.openSession(long(t, store)), await store.openSession(t.ttl)];
    const opened = t.now();
    await put(store, t.key('left'), '', left);
    const within = opened + left.ttl + t.grace + t.slack - t.now();
    await t.until(async () => {
      await kept.renew();
      return (await look(store, t.key('left'))) === undefined;
    }, within);
    await failsWith('SESSION_LOST', left.renew());
  }),

  define('renew: several at once are all answered', async (t) => {
    const store = await t.connect();
    await using session = await store.openSession(long(t, store));
    const answers = await Promise.all(Array.from({ length: 8 }, () => session.renew()));
    assert.ok(answers.every((answer) => answer !== undefined));
  }),

  define('renew: of a session that ended is SESSION_LOST, and its txn is not done', async (t) => {
    const store = await t.connect();
    const session = await store.openSession(long(t, store));
    await session.end();
    const error = await failsWith('SESSION_LOST', session.renew({ guards: [], writes: [write(t.key('k'), 'x')] }));
    assert.equal(error.maybeApplied, false);
    assert.equal(await look(store, t.key('k')), undefined);
  }),

  define(
    'renew: of a session that the server ended is SESSION_LOST, and what was guarded by a key of the session is not done',
    async (t) => {
      const store = await t.connect();
      const session = await store.openSession(long(t, store));
      const version = await put(store, t.key('leader'), 'me', session);
      await t.faults.expire(session);
      const guards = [{ key: t.key('leader'), version }];
      await tellsOfItsEnd(() => session.renew({ guards, writes: [write(t.key('status'), 'x')] }));
      assert.equal(await look(store, t.key('status')), undefined);
    },
    'expire',
  ),

  define(
    'renew: of a session that the server ended says truly whether its txn may have been done',
    async (t) => {
      const store = await t.connect();
      const session = await store.openSession(long(t, store));
      await t.faults.expire(session);
      // The two travel together, and a store may do the one without the other.
      const { maybeApplied } = await tellsOfItsEnd(() =>
        session.renew({ guards: [], writes: [write(t.key('k'), 'x')] }),
      );
      if (!maybeApplied) assert.equal(await look(store, t.key('k')), undefined);
    },
    'expire',
  ),

  define('renew: an abort that came before rejects with its reason and does nothing', async (t) => {
    const store = await t.connect();
    await using session = await store.openSession(long(t, store));
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await rejectsAs(reason, session.renew({ guards: [], writes: [write(t.key('k'), 'x')] }, { signal }));
    assert.equal(await look(store, t.key('k')), undefined);
    assert.ok(await session.renew());
  }),
];
