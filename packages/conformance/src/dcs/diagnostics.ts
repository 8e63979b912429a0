import assert from 'node:assert/strict';
import { type Definition, define } from '../case.ts';
import { leaderEvents, leaseEvents, operations, sessionEvents } from './operations.ts';
import { calm, expireLast, join, rejects, remove, win } from './world.ts';

/** What core tells of itself. */
export const diagnosticsCases: readonly Definition[] = [
  define('each call is told on tenure:operation with its outcome, and without values', async (t) => {
    const scope = `o${t.root.slice(13, -1)}`;
    using log = operations(scope);
    const { dcs } = await join(t, 'a', { scope });
    await (await win(dcs)).renew();
    await dcs.view();
    await dcs.config.write({ secret: 'swordfish' }, { version: null });
    await dcs.config.write({ secret: 'swordfish' }, { version: null });
    const told = new Set(log.events.map(({ operation, outcome }) => `${operation} ${outcome}`));
    for (const wanted of ['open ok', 'read ok', 'commit ok', 'commit refused', 'renew ok'])
      assert.ok(told.has(wanted), wanted);
    assert.ok(log.events.every(({ duration, attempt, store }) => duration >= 0 && attempt >= 1 && store !== ''));
    assert.doesNotMatch(JSON.stringify(log.events), /swordfish/);
  }),

  define('the life of each lease is told on tenure:lease, with its token', async (t) => {
    const scope = `l${t.root.slice(13, -1)}`;
    using log = leaseEvents(scope);
    const { dcs, tap } = await join(t, 'a', { scope });
    const lease = await win(dcs);
    await lease.renew();
    await lease.release();
    const next = await win(dcs);
    await remove(tap, dcs.layout.key('leader'));
    await rejects(next.renew(), 'LEASE_LOST');
    assert.deepEqual(
      log.events.map(({ event, token }) => `${event} ${token}`),
      ['acquired 1', 'renewed 1', 'released 1', 'acquired 2', 'lost 2'],
    );
  }),

  define('a change of timing is told on tenure:lease, when the key begins to move and when it has moved', async (t) => {
    const scope = `r${t.root.slice(13, -1)}`;
    using log = leaseEvents(scope);
    const { dcs } = await join(t, 'a', { scope, timing: { ttl: 2 * calm(t).ttl } });
    const lease = await win(dcs);
    const { ttl } = calm(t);
    await dcs.retime({ ttl, loopWait: ttl / 8 });
    assert.deepEqual(log.events.map(({ event, token, loopWait }) => [event, token, loopWait]).slice(1), [
      ['retimed', 1, log.events[0]?.loopWait],
      ['retimed', 1, ttl / 8],
    ]);
    // What is told while the key may be on either session is no more than either of them guarantees.
    const shorter = dcs.granted?.guaranteed ?? 0;
    assert.ok(log.events.slice(1).every(({ remaining }) => remaining > 0 && remaining <= shorter));
    assert.equal(log.events[0]?.store, dcs.store.name);
    await lease.release();
  }),

  define('who leads is told on tenure:leader when a view shows a change of it, and of its term', async (t) => {
    const scope = `v${t.root.slice(13, -1)}`;
    using log = leaderEvents(scope);
    const [a, b] = [await join(t, 'a', { scope }), await join(t, 'b', { scope })];
    const look = async () => {
      await b.dcs.view();
      return log.events.splice(0).map(({ leader, token }) => [leader, token]);
    };
    const first = await win(a.dcs);
    log.events.splice(0);
    assert.deepEqual(await look(), [['a', 1]]);
    await first.renew();
    assert.deepEqual(await look(), []);
    await first.release();
    assert.deepEqual(await look(), [[undefined, undefined]]);
    await (await win(a.dcs)).release();
    await win(a.dcs);
    log.events.splice(0);
    assert.deepEqual(await look(), [['a', 3]]);
  }),

  define('the life of each session is told on tenure:session, with what was asked and granted', async (t) => {
    const scope = `n${t.root.slice(13, -1)}`;
    using log = sessionEvents(scope);
    const { dcs, tap } = await join(t, 'a', { scope });
    const now = () => dcs.granted;
    assert.equal(now(), undefined);
    await win(dcs);
    const [{ ttl }, one] = [calm(t), dcs.session];
    const granted = { asked: ttl, ttl: tap.sessions[0]?.ttl, guaranteed: tap.sessions[0]?.guaranteed };
    assert.deepEqual(now(), granted);
    await dcs.retime({ ttl: 2 * ttl });
    const two = dcs.session;
    assert.equal(now()?.asked, 2 * ttl);
    await dcs.close();
    assert.equal(now(), undefined);
    assert.deepEqual(log.events[0], { store: tap.name, scope, session: one, event: 'opened', ...granted });
    assert.deepEqual(
      log.events.map(({ event, session, asked }) => [event, session, asked]),
      [
        ['opened', one, ttl],
        ['opened', two, 2 * ttl],
        ['ended', one, ttl],
        ['ended', two, 2 * ttl],
      ],
    );
  }),

  define(
    'a session that the store no longer knows is told as lost on tenure:session, and the next as opened',
    async (t) => {
      const scope = `x${t.root.slice(13, -1)}`;
      using log = sessionEvents(scope);
      const { dcs, tap } = await join(t, 'a', { scope });
      await win(dcs);
      await expireLast(t, tap);
      await dcs.keepAlive();
      assert.deepEqual(
        log.events.map(({ event, session }) => [event, session]),
        [
          ['opened', tap.sessions[0]?.id],
          ['lost', tap.sessions[0]?.id],
          ['opened', dcs.session],
        ],
      );
    },
    'expire',
  ),
];
