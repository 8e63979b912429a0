import assert from 'node:assert/strict';
import { type Definition, define, waits } from '../case.ts';
import { at, calm, join, life, put, rejects, remove, stored, sturdy, win } from './world.ts';

/** Taking, keeping and giving up office. */
export const leaderCases: readonly Definition[] = [
  define('dcs 10. acquire of an absent leader key puts my name on my session', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    const leader = await stored(tap, at(t, 'leader'));
    assert.equal(leader?.value, 'a');
    assert.equal(leader?.session, dcs.session);
    assert.equal(lease.token, 1);
    assert.ok(lease.held);
  }),

  define('dcs 11. acquire is refused while a rival holds, and changes nothing', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    await win(a.dcs);
    const [leader, epoch] = [await stored(a.tap, at(t, 'leader')), await stored(a.tap, at(t, 'epoch'))];
    assert.equal(await b.dcs.acquire(), undefined);
    assert.deepEqual(await stored(a.tap, at(t, 'leader')), leader);
    assert.deepEqual(await stored(a.tap, at(t, 'epoch')), epoch);
  }),

  define('acquire does not overrun a leader that came between and does not count terms, as Patroni', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const raw = await t.connect();
    const held = tap.holdRequest('commit');
    const attempt = dcs.acquire();
    await held.arrived;
    await put(raw, at(t, 'leader'), 'patroni', calm(t).ttl);
    held.go();
    assert.equal(await attempt, undefined);
    assert.equal((await stored(tap, at(t, 'leader')))?.value, 'patroni');
    assert.equal(await stored(tap, at(t, 'epoch')), undefined);
  }),

  define('dcs 12. ten clients race ten rounds: one wins each, and tokens rise by one', async (t) => {
    const members = await Promise.all(Array.from({ length: 10 }, (_, i) => join(t, `n${i}`)));
    for (let round = 1; round <= 10; round++) {
      const leases = (await Promise.all(members.map(({ dcs }) => dcs.acquire()))).filter((l) => l !== undefined);
      assert.equal(leases.length, 1, `${leases.length} winners in round ${round}`);
      assert.equal(leases[0]?.token, round);
      await leases[0]?.release();
    }
  }),

  define('dcs 13. acquire by the holder gives the same lease and writes nothing', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    const sent = tap.count();
    assert.equal(await dcs.acquire(), lease);
    assert.equal(dcs.lease, lease);
    assert.equal(tap.count(), sent);
  }),

  define('two calls of acquire at one time are one attempt', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const [first, second] = await Promise.all([dcs.acquire(), dcs.acquire()]);
    assert.ok(first !== undefined);
    assert.equal(first, second);
    assert.equal(tap.count('commit'), 1);
  }),

  define('the abort of one caller of acquire does not reach the other', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const held = tap.holdRequest('commit');
    const leaving = new AbortController();
    const first = dcs.acquire({ signal: leaving.signal });
    const gone = assert.rejects(first, { message: 'left' });
    // Should this case fail before it looks.
    gone.catch(() => undefined);
    const second = dcs.acquire();
    await held.arrived;
    leaving.abort(new Error('left'));
    held.go();
    await gone;
    assert.equal((await second)?.token, 1);
  }),

  define('an acquire that was aborted with its commit under way does not block the office', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const held = a.tap.holdReply('commit');
    const leaving = new AbortController();
    const attempt = a.dcs.acquire({ signal: leaving.signal });
    await held.arrived;
    leaving.abort(new Error('left'));
    held.go();
    await assert.rejects(attempt, { message: 'left' });
    await t.until(async () => {
      await a.dcs.keepAlive();
      return await b.dcs.acquire();
    }, t.slack);
  }),

  define('dcs 14. renew prolongs the lease and leaves the leader key as it is', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    const before = await stored(tap, at(t, 'leader'));
    const deadline = lease.deadline;
    await t.sleep(0.1 * life(t));
    await lease.renew();
    assert.ok(lease.deadline >= deadline + 0.1 * life(t) - 1, `${lease.deadline} is not ${deadline} and 0.1 ttl more`);
    assert.deepEqual(await stored(tap, at(t, 'leader')), before);
  }),

  waits('a lease that is renewed outlives its ttl on the store, and idle renewals write nothing', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: sturdy(t) });
    const lease = await win(dcs);
    const before = await stored(tap, at(t, 'leader'));
    const commits = tap.sent.filter(({ writes }) => writes > 0).length;
    for (const end = t.now() + 1.4 * dcs.timing.ttl; t.now() < end; await t.sleep(life(t) / 6)) await lease.renew();
    assert.deepEqual(await stored(tap, at(t, 'leader')), before);
    assert.equal(tap.sent.filter(({ writes }) => writes > 0).length, commits);
  }),

  define('dcs 17. renew is refused after the key was replaced by a rival, who is left alone', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const lease = await win(a.dcs);
    await remove(b.tap, at(t, 'leader'));
    const second = await win(b.dcs);
    const error = await rejects(lease.renew({ status: { optime: 7 } }), 'LEASE_LOST');
    assert.equal(lease.signal.reason instanceof Error, true);
    assert.match(error.message, /b/);
    assert.equal(lease.held, false);
    assert.equal(a.dcs.lease, undefined);
    assert.equal((await stored(b.tap, at(t, 'leader')))?.value, 'b');
    // 16. A refused renewal writes no status.
    assert.equal(await stored(b.tap, at(t, 'status')), undefined);
    await second.renew();
  }),

  define('the lease ends before the reason of a refused renewal is looked up', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    await remove(tap, at(t, 'leader'));
    const held = tap.holdRequest('read');
    const renewal = rejects(lease.renew(), 'LEASE_LOST');
    await Promise.race([held.arrived, renewal]);
    assert.equal(lease.held, false, 'the store refused the renewal, and the lease is still held');
    assert.ok(lease.signal.aborted);
    held.go();
    await renewal;
  }),

  define('renew finds out that the leader key was removed by hand although the session lives', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    await remove(tap, at(t, 'leader'));
    await rejects(lease.renew(), 'LEASE_LOST');
    assert.ok(lease.signal.aborted);
    assert.throws(() => lease.assertHeld(), { code: 'LEASE_LOST' });
  }),

  define('renew finds out that the leader key was rewritten by hand, with my own name', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    await put(tap, at(t, 'leader'), 'a');
    await rejects(lease.renew(), 'LEASE_LOST');
  }),

  define('renew finds out that the term was counted on', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    await put(tap, at(t, 'epoch'), '9');
    await rejects(lease.renew(), 'LEASE_LOST');
  }),

  define('dcs 18. after the lease was lost and the key is absent, acquire starts a new term', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    await remove(tap, at(t, 'leader'));
    await rejects(lease.renew(), 'LEASE_LOST');
    const next = await win(dcs);
    assert.equal(next.token, 2);
    assert.notEqual(next, lease);
    assert.ok(next.held && !lease.held);
  }),

  define('dcs 19. after the lease was lost to a rival, acquire is refused and the rival untouched', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const lease = await win(a.dcs);
    await remove(b.tap, at(t, 'leader'));
    await win(b.dcs);
    await rejects(lease.renew(), 'LEASE_LOST');
    const leader = await stored(b.tap, at(t, 'leader'));
    assert.equal(await a.dcs.acquire(), undefined);
    await lease.release();
    assert.deepEqual(await stored(b.tap, at(t, 'leader')), leader);
  }),

  define('dcs 22. release by one who was deposed leaves the new leader alone', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const lease = await win(a.dcs);
    await remove(b.tap, at(t, 'leader'));
    const second = await win(b.dcs);
    await lease.release({ status: { optime: 7 } });
    assert.equal((await stored(b.tap, at(t, 'leader')))?.value, 'b');
    assert.equal(await stored(b.tap, at(t, 'status')), undefined);
    await second.renew();
  }),

  define('dcs 23. after a release a rival acquires at once, and the session of the first lives on', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const lease = await win(a.dcs);
    await lease.release();
    assert.equal(lease.held, false);
    assert.ok(lease.signal.aborted);
    assert.equal((await win(b.dcs)).token, 2);
    await a.dcs.keepAlive();
    assert.equal(a.tap.count('open'), 1);
  }),

  define('a release ends the lease before anything is sent, and a second one does nothing', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    const held = tap.holdRequest('commit');
    const release = lease.release();
    await held.arrived;
    assert.equal(lease.held, false);
    held.go();
    await release;
    const sent = tap.count();
    await lease.release();
    assert.equal(tap.count(), sent);
    await rejects(lease.renew(), 'LEASE_LOST');
  }),

  define('dcs 25. a leader key without a session is reported, and nobody takes it', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await put(tap, at(t, 'leader'), 'ghost');
    const view = await dcs.view();
    assert.equal(view.leader?.name, 'ghost');
    assert.equal(view.leader?.session, undefined);
    assert.ok(view.problems.some(({ key, message }) => key === at(t, 'leader') && /session/.test(message)));
    assert.equal(await dcs.acquire(), undefined);
    assert.equal((await stored(tap, at(t, 'leader')))?.value, 'ghost');
  }),

  define('dcs 98. an empty leader key is an invalid lock: unlocked to the view, and nobody can take it', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await put(tap, at(t, 'leader'), '');
    const view = await dcs.view();
    assert.ok(view.isUnlocked);
    assert.ok(view.problems.some(({ key }) => key === at(t, 'leader')));
    assert.equal(await dcs.acquire(), undefined);
  }),
];
