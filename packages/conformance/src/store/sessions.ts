import assert from 'node:assert/strict';
import { DcsError, type Session, type Store } from '@tenure/core';
import { type Definition, define, waits } from '../case.ts';
import type { Context } from '../context.ts';
import { failsWith, long, look, put, tellsOfItsEnd, valueAt, write } from './tools.ts';

/** How long after the last renewal was answered a key may be seen at most. */
function gone(t: Context, session: Session): number {
  return session.ttl + t.grace + t.slack;
}

/**
 * Renews for `duration` and fails if the session is lost although every renewal was answered within `guaranteed` of the
 * sending of the one before. `undefined` when this machine was too slow for that: then nothing is proven either way.
 */
async function keepAlive(t: Context, session: Session, duration: number, renew: () => Promise<unknown>) {
  const end = t.now() + duration;
  for (let sent = t.now(); ; ) {
    const called = t.now();
    try {
      await renew();
    } catch (error) {
      if (DcsError.is(error, 'SESSION_LOST') && t.now() - sent >= session.guaranteed) return undefined;
      throw error;
    }
    sent = called;
    if (t.now() >= end) return sent;
    await t.sleep(session.guaranteed / 5);
  }
}

/** Opens sessions, each of twice the ttl of the one before, until one could be kept alive on this machine. */
export async function staysAlive(
  t: Context,
  store: Store,
  renew: (session: Session) => Promise<unknown>,
): Promise<void> {
  const observer = await t.connect();
  for (const times of [1, 2, 4]) {
    const opened = t.now();
    const session = await store.openSession(Math.min(store.limits.maxTtl, times * t.ttl));
    const version = await put(store, t.key('kept'), 'x', session);
    const sent = (await keepAlive(t, session, 2.5 * session.ttl, () => renew(session))) ?? opened;
    const entry = await look(observer, t.key('kept'));
    if (t.now() - sent >= session.guaranteed) continue;
    assert.equal(entry?.version, version, 'the key of a session that was renewed in time is gone');
    await session.end();
    return;
  }
  assert.fail('this machine is too busy to renew a session within its guaranteed time');
}

export const sessionCases: readonly Definition[] = [
  define('session: its keys go at once when it ends, and no others', async (t) => {
    const [store, observer] = [await t.connect(), await t.connect()];
    const session = await store.openSession(long(t, store));
    await using other = await store.openSession(long(t, store));
    await put(store, t.key('a'), '', session);
    await put(store, t.key('deep/b'), '', session);
    await put(store, t.key('other'), '', other);
    await put(store, t.key('permanent'), '');
    await session.end();
    assert.deepEqual([...(await observer.read(t.root)).entries.keys()].sort(), [t.key('other'), t.key('permanent')]);
  }),

  waits('session: its keys stay for the guaranteed time and are gone after ttl and grace', async (t) => {
    const [store, observer] = [await t.connect(), await t.connect()];
    const sent = t.now();
    const session = await store.openSession(t.ttl);
    const opened = t.now();
    await store.commit({ guards: [], writes: [write(t.key('a'), '', session), write(t.key('b'), '', session)] });
    await t.until(
      async () => {
        const { entries } = await observer.read(t.root);
        // The keys went before this answer came: within the guaranteed time they may not have.
        const early = t.now() < sent + session.guaranteed;
        if (early)
          assert.equal(entries.size, 2, `gone ${t.now() - sent} ms after the send, guaranteed ${session.guaranteed}`);
        return entries.size === 0;
      },
      opened + gone(t, session) - t.now(),
    );
  }),

  waits('session: lives while it is renewed in time', async (t) => {
    const store = await t.connect();
    await staysAlive(t, store, (session) => session.renew());
  }),

  waits('session: lives on renewal alone: reads, commits and watches of its client do not prolong it', async (t) => {
    const [store, observer] = [await t.connect(), await t.connect()];
    const session = await store.openSession(t.ttl);
    const opened = t.now();
    await put(store, t.key('bound'), '', session);
    const watch = store.watch(t.root)[Symbol.asyncIterator]();
    await t.settles(watch.next(), t.slack);
    await t.until(
      async () => {
        await store.read(t.root);
        await put(store, t.key('busy'), String(t.now()));
        return (await look(observer, t.key('bound'))) === undefined;
      },
      opened + gone(t, session) - t.now(),
    );
    await watch.return?.();
    await failsWith('SESSION_LOST', session.renew());
  }),

  waits('session: a renewal after its time is SESSION_LOST, each time, and brings nothing back', async (t) => {
    const store = await t.connect();
    const session = await store.openSession(t.ttl);
    const opened = t.now();
    await put(store, t.key('k'), '', session);
    await t.until(async () => (await look(store, t.key('k'))) === undefined, opened + gone(t, session) - t.now());
    await failsWith('SESSION_LOST', session.renew());
    await failsWith('SESSION_LOST', session.renew({ guards: [], writes: [write(t.key('k'), 'risen', session)] }));
    await failsWith('SESSION_LOST', session.renew());
    assert.equal(await look(store, t.key('k')), undefined);
  }),

  waits('session: a put with one that expired is SESSION_LOST, and nothing of its commit is written', async (t) => {
    const store = await t.connect();
    const session = await store.openSession(t.ttl);
    const opened = t.now();
    await put(store, t.key('k'), '', session);
    await t.until(async () => (await look(store, t.key('k'))) === undefined, opened + gone(t, session) - t.now());
    const writes = [write(t.key('free'), 'x'), write(t.key('k'), 'x', session)];
    const error = await failsWith('SESSION_LOST', store.commit({ guards: [], writes }));
    assert.equal(error.maybeApplied, false);
    assert.equal((await store.read(t.root)).entries.size, 0);
  }),

  define('session: a put with one that was ended is SESSION_LOST, and nothing of its commit is written', async (t) => {
    const store = await t.connect();
    const session = await store.openSession(long(t, store));
    await put(store, t.key('kept'), 'before');
    await session.end();
    const writes = [write(t.key('kept'), 'after'), write(t.key('k'), 'x', session)];
    await failsWith('SESSION_LOST', store.commit({ guards: [], writes }));
    await failsWith('SESSION_LOST', session.renew());
    const { entries } = await store.read(t.root);
    assert.deepEqual([...entries.keys()], [t.key('kept')]);
    assert.equal(entries.get(t.key('kept'))?.value, 'before');
  }),

  define('session: a put without one makes a bound key permanent', async (t) => {
    const store = await t.connect();
    const session = await store.openSession(long(t, store));
    await put(store, t.key('k'), '1', session);
    await put(store, t.key('k'), '2');
    assert.equal((await look(store, t.key('k')))?.session, undefined);
    await session.end();
    assert.equal(await valueAt(store, t.key('k')), '2');
  }),

  define('session: a put with one binds a permanent key', async (t) => {
    const store = await t.connect();
    const session = await store.openSession(long(t, store));
    await put(store, t.key('k'), '1');
    await put(store, t.key('k'), '2', session);
    assert.equal((await look(store, t.key('k')))?.session, session.id);
    await session.end();
    assert.equal(await look(store, t.key('k')), undefined);
  }),

  define('session: a put moves a key to its session, forth and back', async (t) => {
    const store = await t.connect();
    const [one, two] = [await store.openSession(long(t, store)), await store.openSession(long(t, store))];
    await put(store, t.key('k'), '1', one);
    await put(store, t.key('k'), '2', two);
    assert.equal((await look(store, t.key('k')))?.session, two.id);
    await put(store, t.key('k'), '3', one);
    assert.equal((await look(store, t.key('k')))?.session, one.id);
    await two.end();
    assert.equal(await valueAt(store, t.key('k')), '3', 'went with the session that it had left');
    await one.end();
    assert.equal(await look(store, t.key('k')), undefined, 'stayed without the session that it was moved to');
  }),

  define('session: a put takes a key over from the session of another client', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const [theirs, mine] = [await other.openSession(long(t, other)), await store.openSession(long(t, store))];
    const version = await put(other, t.key('k'), 'theirs', theirs);
    const guards = [{ key: t.key('k'), version }];
    assert.ok(await store.commit({ guards, writes: [write(t.key('k'), 'mine', mine)] }));
    await theirs.end();
    const entry = await look(other, t.key('k'));
    assert.equal(entry?.value, 'mine');
    assert.equal(entry.session, mine.id);
    await mine.end();
    assert.equal(await look(other, t.key('k')), undefined);
  }),

  waits('session: a key that moved away outlives the expiry of its old session', async (t) => {
    const store = await t.connect();
    const old = await store.openSession(t.ttl);
    const opened = t.now();
    await put(store, t.key('moved'), '', old);
    await put(store, t.key('permanent'), '', old);
    await put(store, t.key('stays'), '', old);
    // Longer than the old one takes to go, with as much again for a busy machine.
    await using young = await store.openSession(Math.min(store.limits.maxTtl, 2 * gone(t, old)));
    const writes = [write(t.key('moved'), '', young), write(t.key('permanent'), '')];
    assert.ok(await store.commit({ guards: [], writes }));
    await t.until(async () => (await look(store, t.key('stays'))) === undefined, opened + gone(t, old) - t.now());
    await failsWith('SESSION_LOST', old.renew());
    assert.deepEqual([...(await store.read(t.root)).entries.keys()].sort(), [t.key('moved'), t.key('permanent')]);
  }),

  define('session: a bound key that was deleted and put again by another is theirs', async (t) => {
    const store = await t.connect();
    const session = await store.openSession(long(t, store));
    await put(store, t.key('k'), 'mine', session);
    await store.commit({ guards: [], writes: [{ type: 'delete', key: t.key('k') }] });
    await put(store, t.key('k'), 'theirs');
    await session.end();
    assert.equal(await valueAt(store, t.key('k')), 'theirs');
  }),

  waits('session: ending it is idempotent, also at once and when it is gone', async (t) => {
    const store = await t.connect();
    const session = await store.openSession(long(t, store));
    const opened = t.now();
    await Promise.all([session.end(), session.end()]);
    await session.end();
    const expired = await store.openSession(t.ttl);
    await put(store, t.key('k'), '', expired);
    await t.until(async () => (await look(store, t.key('k'))) === undefined, opened + 2 * gone(t, expired) - t.now());
    await expired.end();
    await expired.end();
  }),

  define('session: disposing of it ends it', async (t) => {
    const store = await t.connect();
    {
      await using session = await store.openSession(long(t, store));
      await put(store, t.key('k'), '', session);
    }
    assert.equal(await look(store, t.key('k')), undefined);
  }),

  define('session: each has an id of its own and its own life', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const sessions = [
      await store.openSession(long(t, store)),
      await store.openSession(long(t, store)),
      await other.openSession(long(t, other)),
    ];
    assert.equal(new Set(sessions.map(({ id }) => id)).size, 3);
    const [one, two] = sessions as [Session, Session];
    await one.end();
    await two.renew();
    await put(store, t.key('k'), '', two);
    assert.equal((await look(other, t.key('k')))?.session, two.id);
  }),

  waits('session: outlives the closing of its client until its time is over', async (t) => {
    const [store, observer] = [await t.connect(), await t.connect()];
    const sent = t.now();
    const session = await store.openSession(t.ttl);
    const opened = t.now();
    await put(store, t.key('k'), '', session);
    await store.close();
    const entry = await look(observer, t.key('k'));
    if (t.now() < sent + session.guaranteed) assert.ok(entry, 'ended by closing the client');
    await t.until(async () => (await look(observer, t.key('k'))) === undefined, opened + gone(t, session) - t.now());
  }),

  define(
    'session: one that the server ended unknown to the client is SESSION_LOST at its next use',
    async (t) => {
      const store = await t.connect();
      const session = await store.openSession(long(t, store));
      await put(store, t.key('k'), '', session);
      await session.renew();
      await t.faults.expire(session);
      assert.equal(await look(store, t.key('k')), undefined);
      await tellsOfItsEnd(() => store.commit({ guards: [], writes: [write(t.key('k'), '', session)] }));
      await failsWith('SESSION_LOST', session.renew());
      assert.equal(await look(store, t.key('k')), undefined);
      await session.end();
    },
    'expire',
  ),

  define(
    'session: the end of one on the server leaves the others and the client whole',
    async (t) => {
      const store = await t.connect();
      const lost = await store.openSession(long(t, store));
      await t.faults.expire(lost);
      await tellsOfItsEnd(() => lost.renew());
      await using next = await store.openSession(long(t, store));
      await put(store, t.key('k'), 'again', next);
      await next.renew();
      assert.equal((await look(store, t.key('k')))?.session, next.id);
    },
    'expire',
  ),
];
