import assert from 'node:assert/strict';
import { DcsError, type Session, type Store, type Txn } from '@tenure/core';
import { type Definition, define } from '../case.ts';
import type { Context } from '../context.ts';
import { absent, look, put, write } from './tools.ts';

/** How long after the last renewal was answered a key may be seen at most. */
function gone(t: Context, session: Session): number {
  return session.ttl + t.grace + t.slack;
}

/** Waits until the key is gone, which it may not be for `guaranteed` after `sent`, and must be by `ttl` and the grace. */
async function goesInTime(t: Context, observer: Store, session: Session, key: string, sent: number): Promise<void> {
  const within = gone(t, session);
  await t.until(async () => {
    const entry = await look(observer, key);
    // It went before this answer came.
    const after = t.now() - sent;
    if (entry !== undefined) return false;
    assert.ok(after >= session.guaranteed, `gone ${after} ms after the sending, guaranteed are ${session.guaranteed}`);
    return true;
  }, within);
}

/** Renews `times` times, and then no more. `undefined` when this machine was too slow to keep the session. */
async function renewed(t: Context, session: Session, times: number, txn: Txn | undefined): Promise<number | undefined> {
  let sent = t.now();
  for (let n = 0; n < times; n++) {
    await t.sleep(session.guaranteed * 0.4);
    const before = sent;
    sent = t.now();
    try {
      await session.renew(txn);
    } catch (error) {
      if (DcsError.is(error, 'SESSION_LOST') && t.now() - before >= session.guaranteed) return undefined;
      throw error;
    }
  }
  return sent;
}

/** With a ttl twice as long each time, until this machine could keep the session. */
async function guarantees(t: Context, store: Store, observer: Store, name: string, times: number, txn?: Txn) {
  const key = t.key(name);
  for (const factor of [1, 2, 4]) {
    const session = await store.openSession(Math.min(store.limits.maxTtl, factor * t.ttl));
    await put(store, key, '', session);
    const sent = await renewed(t, session, times, txn);
    if (sent !== undefined) return await goesInTime(t, observer, session, key, sent);
  }
  assert.fail('this machine is too busy to renew a session within its guaranteed time');
}

/** What `Session.guaranteed` and `Session.ttl` promise. */
export const guaranteeCases: readonly Definition[] = [
  define('session: its keys stay for the guaranteed time after each renewal, whatever went with it', async (t) => {
    const [store, observer] = [await t.connect(), await t.connect()];
    const version = await put(store, t.key('epoch'), '1');
    const holds = { guards: [{ key: t.key('epoch'), version }], writes: [] };
    const fails = { guards: [absent(t.key('epoch'))], writes: [] };
    await Promise.all([
      guarantees(t, store, observer, 'once', 1),
      guarantees(t, store, observer, 'twice', 2),
      guarantees(t, store, observer, 'holds', 2, holds),
      guarantees(t, store, observer, 'fails', 2, fails),
      guarantees(t, store, observer, 'writes', 2, { guards: [], writes: [write(t.key('status'), '')] }),
    ]);
  }),

  define(
    'renew: one that is called while another is under way counts from its own sending',
    async (t) => {
      const [store, observer] = [await t.connect(), await t.connect()];
      const session = await store.openSession(t.ttl);
      await put(store, t.key('k'), '', session);
      const wait = Math.min(300, session.guaranteed / 4);
      const heal = await t.faults.delay(store, wait);
      const earlier = session.renew();
      earlier.catch(() => {});
      await t.sleep(1.8 * wait);
      const sent = t.now();
      try {
        await session.renew();
      } catch (error) {
        // A machine that stood still; nothing is proven either way.
        if (!DcsError.is(error, 'SESSION_LOST') || t.now() - sent < session.guaranteed / 2) throw error;
        return;
      }
      await heal();
      await goesInTime(t, observer, session, t.key('k'), sent);
    },
    'delay',
  ),

  define('session: puts that are bound to it do not prolong it', async (t) => {
    const [store, observer] = [await t.connect(), await t.connect()];
    const session = await store.openSession(t.ttl);
    const opened = t.now();
    const isLost = async () => {
      try {
        await put(store, t.key('k'), String(t.now()), session);
        return false;
      } catch (error) {
        if (!DcsError.is(error, 'SESSION_LOST')) throw error;
        return true;
      }
    };
    await t.until(isLost, opened + gone(t, session) - t.now());
    assert.equal(await look(observer, t.key('k')), undefined);
  }),
];
