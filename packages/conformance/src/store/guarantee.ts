import assert from 'node:assert/strict';
import { DcsError, type Session, type Store, type Txn } from '@tenure/core';
import { type Definition, define, waits } from '../case.ts';
import type { Context } from '../context.ts';
import type { Heal } from '../harness.ts';
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

/** When the last of `times` renewals was sent. `undefined` when this machine was too slow to keep the session until then. */
async function renewed(
  t: Context,
  store: Store,
  key: string,
  { ttl, times, txn }: { readonly ttl: number; readonly times: number; readonly txn: Txn | undefined },
): Promise<{ readonly session: Session; readonly sent: number } | undefined> {
  let sent = t.now();
  const session = await store.openSession(ttl);
  try {
    await put(store, key, '', session);
    for (let n = 0; n < times; n++) {
      await t.sleep(session.guaranteed * 0.4);
      const now = t.now();
      await session.renew(txn);
      sent = now;
    }
    return { session, sent };
  } catch (error) {
    if (DcsError.is(error, 'SESSION_LOST') && t.now() - sent >= session.guaranteed) return undefined;
    throw error;
  }
}

/** With a ttl twice as long each time, until this machine could keep the session. */
async function guarantees(t: Context, store: Store, observer: Store, name: string, times: number, txn?: Txn) {
  for (const factor of [1, 2, 4]) {
    const ttl = Math.min(store.limits.maxTtl, factor * t.ttl);
    const kept = await renewed(t, store, t.key(name), { ttl, times, txn });
    if (kept !== undefined) return await goesInTime(t, observer, kept.session, t.key(name), kept.sent);
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
      guarantees(t, store, observer, 'holds', 2, holds),
      guarantees(t, store, observer, 'fails', 2, fails),
      guarantees(t, store, observer, 'writes', 2, { guards: [], writes: [write(t.key('status'), '')] }),
    ]);
  }),

  define(
    'renew: one that is called while another is under way counts from its own sending',
    async (t) => {
      const [store, observer] = [await t.connect(), await t.connect()];
      for (const factor of [1, 2, 4]) {
        const key = t.key(`k${factor}`);
        const opened = t.now();
        const session = await store.openSession(Math.min(store.limits.maxTtl, factor * t.ttl));
        const wait = Math.min(300, session.guaranteed / 4);
        let heal: Heal | undefined;
        try {
          await put(store, key, '', session);
          heal = await t.faults.delay(store, wait);
          const earlier = session.renew();
          earlier.catch(() => {});
          await t.sleep(1.8 * wait);
          const sent = t.now();
          await session.renew();
          await heal();
          return await goesInTime(t, observer, session, key, sent);
        } catch (error) {
          if (!DcsError.is(error, 'SESSION_LOST') || t.now() - opened < session.guaranteed) throw error;
        } finally {
          await heal?.();
        }
      }
      assert.fail('this machine is too busy to renew a session within its guaranteed time');
    },
    'delay',
  ),

  waits('session: puts that are bound to it do not prolong it', async (t) => {
    const [store, observer] = [await t.connect(), await t.connect()];
    const session = await store.openSession(t.ttl);
    const opened = t.now();
    const isLost = async () => {
      try {
        await put(store, t.key('k'), String(t.now()), session);
        return false;
      } catch (error) {
        // Whoever finds the session over may break the connection of a put that is under way.
        if (!DcsError.is(error, 'SESSION_LOST') && !DcsError.is(error, 'UNAVAILABLE')) throw error;
        return error.code === 'SESSION_LOST';
      }
    };
    const by = opened + gone(t, session);
    await t.until(isLost, by - t.now());
    await t.until(async () => (await look(observer, t.key('k'))) === undefined, by - t.now());
  }),
];
