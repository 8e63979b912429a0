import assert from 'node:assert/strict';
import type { Dcs, Lease } from '@tenure/core';
import { type Definition, define, waits } from '../case.ts';
import type { Context } from '../context.ts';
import { at, join, life, put, rejects, remove, stored, win } from './world.ts';

/** The fencing token, takeover under one name, and what the fence keeps out. */
export const tokenCases: readonly Definition[] = [
  define('tokens are 1, 2, 3 … over release, a removed key, an ended session and a new client', async (t) => {
    const a = await join(t, 'a');
    await (await win(a.dcs)).release();
    const second = await win(a.dcs);
    assert.equal(second.token, 2);
    await remove(a.tap, at(t, 'leader'));
    await rejects(second.renew(), 'LEASE_LOST');
    assert.equal((await win(a.dcs)).token, 3);
    await a.dcs.close();
    const restarted = await join(t, 'a');
    assert.equal((await win(restarted.dcs)).token, 4);
    assert.equal((await stored(restarted.tap, at(t, 'epoch')))?.value, '4');
    assert.equal((await stored(restarted.tap, at(t, 'epoch')))?.session, undefined, 'the epoch must be permanent');
  }),

  waits('a token rises over an expiry, and a client that comes later reads on from the epoch', async (t) => {
    const a = await join(t, 'a', { timing: { ttl: life(t) } });
    const b = await join(t, 'b');
    await put(b.tap, at(t, 'epoch'), '41');
    assert.equal((await win(a.dcs)).token, 42);
    const next = await t.until(() => b.dcs.acquire(), life(t) + t.grace + t.slack);
    assert.equal(next.token, 43);
  }),

  define('an epoch that is no counter is INVALID_DATA, and is not written over', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    for (const garbage of ['x', '', '-1', '1.5', '0x10', '9007199254740992']) {
      await put(tap, at(t, 'epoch'), garbage);
      const error = await rejects(dcs.acquire(), 'INVALID_DATA');
      assert.match(error.message, /epoch/);
      assert.equal((await stored(tap, at(t, 'epoch')))?.value, garbage);
      assert.equal(await stored(tap, at(t, 'leader')), undefined);
      assert.ok((await dcs.view()).problems.some(({ key }) => key === at(t, 'epoch')));
    }
  }),

  define('dcs 20. a leader key that names me under another session is taken over with the next token', async (t) => {
    const older = await join(t, 'a');
    const first = await win(older.dcs);
    const newer = await join(t, 'a');
    const watcher = await join(t, 'w');
    const seen: (string | undefined)[] = [];
    const over = new AbortController();
    const watching = watchLeader(t, watcher.dcs, seen, over.signal);
    const second = await win(newer.dcs);
    assert.equal(second.token, first.token + 1);
    assert.equal((await stored(newer.tap, at(t, 'leader')))?.session, newer.dcs.session);
    const error = await rejects(first.renew(), 'LEASE_LOST');
    assert.match(error.message, /same name/);
    await t.until(async () => (await watcher.dcs.view()).leader?.token === 2, t.slack);
    over.abort();
    await watching;
    assert.deepEqual([...new Set(seen)], ['a'], 'the office was seen vacant or in another name');
    await second.renew();
  }),

  define('one who was deposed by its own name is told NAME_IN_USE, and does not take the office back', async (t) => {
    const [older, newer] = [await join(t, 'a'), await join(t, 'a')];
    const first = await win(older.dcs);
    const second = await win(newer.dcs);
    await rejects(first.renew(), 'LEASE_LOST');
    await rejects(older.dcs.acquire(), 'NAME_IN_USE');
    await rejects(older.dcs.campaign(), 'NAME_IN_USE');
    await second.renew();
    assert.equal((await stored(newer.tap, at(t, 'epoch')))?.value, '2');
  }),

  define('one who finds out on release that its own name deposed it is told NAME_IN_USE too', async (t) => {
    const [older, newer] = [await join(t, 'a'), await join(t, 'a')];
    const first = await win(older.dcs);
    const second = await win(newer.dcs);
    await first.release();
    await rejects(older.dcs.acquire(), 'NAME_IN_USE');
    await second.renew();
  }),

  ...(['config', 'sync', 'failover', 'history', 'status', 'failsafe', 'initialize'] as const).map((name) =>
    define(`a fenced write of ${name} by a deposed leader is LEASE_LOST and changes nothing`, async (t) => {
      const [a, b] = [await join(t, 'a'), await join(t, 'b')];
      const lease = await win(a.dcs);
      await write(a.dcs, name, lease);
      const before = await stored(b.tap, at(t, name));
      await remove(b.tap, at(t, 'leader'));
      await win(b.dcs);
      assert.ok(lease.held, 'this case needs a holder that does not know yet');
      await rejects(write(a.dcs, name, lease), 'LEASE_LOST');
      assert.equal(lease.held, false);
      assert.deepEqual(await stored(b.tap, at(t, name)), before);
    }),
  ),

  define('a fenced write is LEASE_LOST after the leader key was deleted and recreated by the same name', async (t) => {
    const [older, newer] = [await join(t, 'a'), await join(t, 'a')];
    const lease = await win(older.dcs);
    await remove(newer.tap, at(t, 'leader'));
    await win(newer.dcs);
    await rejects(older.dcs.config.write({ ttl: 1 }, { fence: lease }), 'LEASE_LOST');
    assert.equal(await stored(newer.tap, at(t, 'config')), undefined);
  }),

  define('a fenced write is LEASE_LOST after the leader key was rewritten by hand', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    await put(tap, at(t, 'leader'), 'a');
    await rejects(dcs.config.write({ ttl: 1 }, { fence: lease }), 'LEASE_LOST');
    assert.equal(await stored(tap, at(t, 'config')), undefined);
  }),

  define('a fenced clear and a fenced update of a deposed leader are LEASE_LOST', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const [lease] = [await win(a.dcs), await a.dcs.config.write({ ttl: 1 })];
    await remove(b.tap, at(t, 'leader'));
    await win(b.dcs);
    await rejects(a.dcs.config.clear({ fence: lease }), 'LEASE_LOST');
    await rejects(a.dcs.initialize.clear({ fence: lease }), 'LEASE_LOST');
    await rejects(
      a.dcs.config.update(() => ({ ttl: 2 }), { fence: lease }),
      'LEASE_LOST',
    );
    assert.equal((await stored(b.tap, at(t, 'config')))?.value, '{"ttl":1}');
  }),

  define('a fenced write in office lands, in one commit', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    const sent = tap.count();
    assert.ok((await dcs.config.write({ ttl: 1 }, { fence: lease })) !== undefined);
    assert.equal(tap.count(), sent + 1);
    // A version that is not current is a refusal and no error: the lease goes on.
    assert.equal(await dcs.config.write({ ttl: 2 }, { fence: lease, version: null }), undefined);
    assert.ok(lease.held);
  }),
];

async function write(dcs: Dcs, name: string, fence: Lease): Promise<unknown> {
  switch (name) {
    case 'config':
      return await dcs.config.write({ term: fence.token }, { fence });
    case 'sync':
      return await dcs.sync.write({ leader: dcs.name, quorum: 0, standbys: [] }, { fence });
    case 'failover':
      return await dcs.failover.write({ candidate: 'c' }, { fence });
    case 'history':
      return await dcs.history.write([{ timeline: 1, lsn: 2, reason: 'r' }], { fence });
    case 'status':
      return await dcs.status.write({ optime: 5 }, { fence });
    case 'failsafe':
      return await dcs.failsafe.write({ a: 'http://a' }, { fence });
    default:
      return await dcs.initialize.write('7000000000000000001', { fence });
  }
}

async function watchLeader(t: Context, dcs: Dcs, seen: (string | undefined)[], over: AbortSignal): Promise<void> {
  try {
    for await (const view of dcs.watch({ signal: AbortSignal.any([over, t.signal]) })) seen.push(view.leader?.name);
  } catch (error) {
    if (!over.aborted) throw error;
  }
}
