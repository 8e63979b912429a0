import assert from 'node:assert/strict';
import { type CallOptions, DcsError, type Session, type Store } from '@tenure/core';
import { type Definition, define, waits } from '../case.ts';
import type { Context } from '../context.ts';
import { absent, brief, failsWith, long, look, put, RECONNECT, rejectsAs, remove, valueAt, write } from './tools.ts';

type Call = (store: Store, t: Context, session: Session, options: CallOptions) => Promise<unknown>;

const CALLS: Record<string, Call> = {
  read: (store, t, _session, options) => store.read(t.root, options),
  commit: (store, t, _session, options) => store.commit({ guards: [], writes: [write(t.key('lost'), 'x')] }, options),
  openSession: (store, t, _session, options) => store.openSession(t.ttl, options),
  renew: (_store, t, session, options) => session.renew({ guards: [], writes: [write(t.key('lost'), 'x')] }, options),
  end: (_store, _t, session, options) => session.end(options),
};

/** A client with a session and a connection that was just used. */
async function warm(t: Context): Promise<{ store: Store; session: Session; observer: Store }> {
  const [store, observer] = [await t.connect(), await t.connect()];
  const session = await store.openSession(long(t, store));
  await session.renew();
  return { store, session, observer };
}

/** For as long as anything that was queued could take to come. */
async function staysAbsent(t: Context, observer: Store, key: string): Promise<void> {
  const end = t.now() + brief(t) + 500;
  while (t.now() < end) {
    assert.equal(await look(observer, key), undefined, 'a call took effect after it was given up');
    await t.sleep(50);
  }
}

const LINE_FAULTS = ['cut', 'mute', 'freeze', 'refuse'] as const;

export const faultCases: readonly Definition[] = [
  ...Object.entries(CALLS).flatMap(([name, call]) => [
    define(
      `cut: ${name} is UNAVAILABLE by its timeout`,
      async (t) => {
        const { store, session } = await warm(t);
        await using _ = await t.faults.cut(store);
        const timeout = brief(t);
        await t.settles(failsWith('UNAVAILABLE', call(store, t, session, { timeout })), timeout + t.slack);
      },
      'cut',
    ),
    define(
      `cut: an abort of ${name} rejects with its reason at once`,
      async (t) => {
        const { store, session } = await warm(t);
        await using _ = await t.faults.cut(store);
        const controller = new AbortController();
        const reason = Symbol('enough');
        const started = call(store, t, session, { signal: controller.signal, timeout: 60_000 });
        await t.sleep(20);
        controller.abort(reason);
        await t.settles(rejectsAs(reason, started), t.slack);
      },
      'cut',
    ),
    define(`abort: one that came before rejects ${name} with its reason, and nothing is done`, async (t) => {
      const { store, session } = await warm(t);
      const reason = new RangeError('enough');
      await rejectsAs(reason, call(store, t, session, { signal: AbortSignal.abort(reason) }));
      assert.equal(await look(store, t.key('lost')), undefined);
      assert.ok(await session.renew());
    }),
  ]),

  define(
    'cut: what timed out never takes effect, nor does anything queue',
    async (t) => {
      const { store, session, observer } = await warm(t);
      const heal = await t.faults.cut(store);
      const timeout = brief(t);
      const calls = Array.from({ length: 5 }, () =>
        store.commit({ guards: [], writes: [write(t.key('lost'), 'x')] }, { timeout }),
      );
      calls.push(session.renew({ guards: [], writes: [write(t.key('lost'), 'x', session)] }, { timeout }));
      for (const call of calls) call.catch(() => {});
      for (const call of calls) await failsWith('UNAVAILABLE', call);
      await heal();
      await t.recovers(() => store.read(t.root), RECONNECT + t.slack);
      await staysAbsent(t, observer, t.key('lost'));
    },
    'cut',
  ),

  define(
    'cut: what was aborted never takes effect',
    async (t) => {
      const { store, observer } = await warm(t);
      const heal = await t.faults.cut(store);
      const controller = new AbortController();
      const txn = { guards: [], writes: [write(t.key('lost'), 'x')] };
      const call = store.commit(txn, { signal: controller.signal });
      await t.sleep(20);
      controller.abort();
      await rejectsAs(controller.signal.reason, call);
      await heal();
      await t.recovers(() => store.read(t.root), RECONNECT + t.slack);
      await staysAbsent(t, observer, t.key('lost'));
    },
    'cut',
  ),

  define(
    'cut: a call that outlives the cut is answered, or UNAVAILABLE; an answer is true',
    async (t) => {
      const { store, observer } = await warm(t);
      const heal = await t.faults.cut(store);
      const call = store.commit({ guards: [], writes: [write(t.key('k'), 'x')] }, { timeout: 3 * brief(t) });
      const settled = Promise.allSettled([call]);
      await t.sleep(brief(t));
      await heal();
      const [outcome] = await settled;
      if (outcome.status === 'fulfilled') assert.equal(await valueAt(observer, t.key('k')), 'x');
      else if (!(outcome.reason as DcsError).maybeApplied) await staysAbsent(t, observer, t.key('k'));
    },
    'cut',
  ),

  waits(
    'mute: a commit whose reply was lost is maybeApplied, and took effect once',
    async (t) => {
      const { store, observer } = await warm(t);
      const heal = await t.faults.mute(store);
      const txn = { guards: [absent(t.key('k'))], writes: [write(t.key('k'), 'x')] };
      const error = await failsWith('UNAVAILABLE', store.commit(txn, { timeout: t.slack }));
      assert.equal(error.maybeApplied, true, 'the write took effect and the error denies it');
      await heal();
      assert.equal(await valueAt(observer, t.key('k')), 'x');
      const entry = await t.recovers(() => look(store, t.key('k')), RECONNECT + t.slack);
      assert.equal(entry?.value, 'x');
    },
    'mute',
  ),

  waits(
    'mute: a write whose reply was lost is not sent again',
    async (t) => {
      const { store, observer } = await warm(t);
      const heal = await t.faults.mute(store);
      const call = failsWith(
        'UNAVAILABLE',
        store.commit({ guards: [], writes: [write(t.key('k'), 'x')] }, { timeout: t.slack }),
      );
      call.catch(() => {});
      await t.until(async () => (await look(observer, t.key('k'))) !== undefined, t.slack);
      await remove(observer, t.key('k'));
      await call;
      await heal();
      await t.recovers(() => store.read(t.root), RECONNECT + t.slack);
      await staysAbsent(t, observer, t.key('k'));
    },
    'mute',
  ),

  waits(
    'mute: a renewal with a write is maybeApplied, and the write is there',
    async (t) => {
      const { store, session, observer } = await warm(t);
      await using _ = await t.faults.mute(store);
      const txn = { guards: [], writes: [write(t.key('status'), 'x')] };
      const error = await failsWith('UNAVAILABLE', session.renew(txn, { timeout: t.slack }));
      const there = await valueAt(observer, t.key('status'));
      assert.equal(error.maybeApplied, true, `${error.message}; the write is ${there === 'x' ? 'there' : 'not there'}`);
      assert.equal(there, 'x');
    },
    'mute',
  ),

  define(
    'mute: what writes nothing is UNAVAILABLE and not maybeApplied',
    async (t) => {
      const { store, session } = await warm(t);
      const version = await put(store, t.key('k'), '');
      const proof = { guards: [{ key: t.key('k'), version }], writes: [] };
      await using _ = await t.faults.mute(store);
      const timeout = brief(t);
      const calls = [
        store.read(t.root, { timeout }),
        store.commit(proof, { timeout }),
        session.renew(proof, { timeout }),
      ];
      const errors = await Promise.all(calls.map((call) => failsWith('UNAVAILABLE', call)));
      assert.deepEqual(
        errors.map(({ maybeApplied }) => maybeApplied),
        [false, false, false],
      );
    },
    'mute',
  ),

  define(
    'freeze: a commit that timed out is UNAVAILABLE; one that is not maybeApplied never lands',
    async (t) => {
      const { store, observer } = await warm(t);
      const heal = await t.faults.freeze(store);
      const txn = { guards: [], writes: [write(t.key('lost'), 'x')] };
      const error = await failsWith('UNAVAILABLE', store.commit(txn, { timeout: brief(t) }));
      await heal();
      await t.recovers(() => store.read(t.root), RECONNECT + t.slack);
      // Bytes that had left the client are the network's to deliver: an error that says so is honest.
      if (!error.maybeApplied) await staysAbsent(t, observer, t.key('lost'));
    },
    'freeze',
  ),

  define(
    'freeze: a second call that begins after the first timed out does not send it along',
    async (t) => {
      const { store, observer } = await warm(t);
      await using _ = await t.faults.freeze(store);
      const timeout = brief(t);
      const stale = { guards: [absent(t.key('k'))], writes: [write(t.key('k'), 'stale')] };
      await failsWith('UNAVAILABLE', store.commit(stale, { timeout }));
      await failsWith('UNAVAILABLE', store.read(t.root, { timeout }));
      await put(observer, t.key('k'), 'theirs');
      await _();
      await t.recovers(() => store.read(t.root), RECONNECT + t.slack);
      await t.sleep(brief(t));
      assert.equal(await valueAt(observer, t.key('k')), 'theirs', 'a frozen write landed over its guard');
    },
    'freeze',
  ),

  define(
    'freeze: a write of a deposed owner that was held up on the way is refused by its guards',
    async (t) => {
      const { store, observer } = await warm(t);
      const version = await put(store, t.key('leader'), 'me');
      const heal = await t.faults.freeze(store);
      const guards = [{ key: t.key('leader'), version }];
      const call = store.commit({ guards, writes: [write(t.key('status'), 'deposed')] }, { timeout: brief(t) });
      const settled = Promise.allSettled([call]);
      await put(observer, t.key('leader'), 'them');
      await heal();
      const [outcome] = await settled;
      if (outcome.status === 'fulfilled') assert.equal(outcome.value, undefined);
      await staysAbsent(t, observer, t.key('status'));
    },
    'freeze',
  ),

  waits(
    'freeze: a client that was frozen beyond its ttl finds its session lost',
    async (t) => {
      const [store, observer] = [await t.connect(), await t.connect()];
      const session = await store.openSession(t.ttl);
      const opened = t.now();
      await put(store, t.key('k'), '', session);
      const heal = await t.faults.freeze(store);
      const within = opened + session.ttl + t.grace + t.slack - t.now();
      await t.until(async () => (await look(observer, t.key('k'))) === undefined, within);
      await heal();
      const lost = await t.recovers(() => session.renew().then(() => undefined, onlyLost), RECONNECT + t.slack);
      assert.equal(lost, 'lost');
      const writes = [write(t.key('k'), '', session)];
      await failsWith('SESSION_LOST', store.commit({ guards: [], writes }));
      assert.equal(await look(observer, t.key('k')), undefined);
    },
    'freeze',
  ),

  define(
    'refuse: a call is UNAVAILABLE, and a write surely not applied',
    async (t) => {
      const { store, observer } = await warm(t);
      await using heal = await t.faults.refuse(store);
      // The first call may find a connection that it cannot yet know to be broken.
      await failsWith('UNAVAILABLE', store.read(t.root, { timeout: brief(t) }));
      const txn = { guards: [], writes: [write(t.key('lost'), 'x')] };
      const error = await failsWith('UNAVAILABLE', store.commit(txn, { timeout: brief(t) }));
      assert.equal(error.maybeApplied, false);
      await heal();
      await t.recovers(() => store.read(t.root), RECONNECT + t.slack);
      await staysAbsent(t, observer, t.key('lost'));
    },
    'refuse',
  ),

  ...LINE_FAULTS.map((fault) =>
    define(
      `${fault}: after the heal the same client works again, and its session with it`,
      async (t) => {
        const { store, session, observer } = await warm(t);
        const heal = await t.faults[fault](store);
        await failsWith('UNAVAILABLE', store.read(t.root, { timeout: brief(t) }));
        await heal();
        await t.recovers(() => store.read(t.root, { timeout: t.slack }), RECONNECT + t.slack);
        await put(store, t.key('k'), 'again', session);
        assert.ok(await session.renew());
        assert.equal((await look(observer, t.key('k')))?.session, session.id);
      },
      fault,
    ),
  ),

  define(
    'reset: the same client works again at once, and its session lives',
    async (t) => {
      const { store, session, observer } = await warm(t);
      for (let n = 0; n < 3; n++) {
        await t.faults.reset(store);
        await t.recovers(() => store.read(t.root), RECONNECT + t.slack);
        await put(store, t.key('k'), String(n), session);
        assert.ok(await session.renew());
        assert.equal(await valueAt(observer, t.key('k')), String(n));
      }
    },
    'reset',
  ),

  define(
    'reset: calls under way are answered or UNAVAILABLE, and say truly whether they may have been applied',
    async (t) => {
      const { store, observer } = await warm(t);
      await using _ = await t.faults.delay(store, 30);
      const keys = Array.from({ length: 10 }, (_, n) => t.key(`k${n}`));
      const calls = Promise.allSettled(keys.map((key) => store.commit({ guards: [], writes: [write(key, 'x')] })));
      await t.sleep(30);
      await t.faults.reset(store);
      const outcomes = await calls;
      await t.sleep(brief(t));
      const { entries } = await observer.read(t.root);
      for (const [n, outcome] of outcomes.entries()) {
        const there = entries.has(keys[n] as string);
        if (outcome.status === 'fulfilled') {
          assert.ok(there, 'answered and not there');
        } else {
          assert.ok(DcsError.is(outcome.reason, 'UNAVAILABLE'), String(outcome.reason));
          assert.ok(outcome.reason.maybeApplied || !there, 'there, and the error denies it');
        }
      }
    },
    'reset',
    'delay',
  ),

  define(
    'tear: a commit whose reply broke off is maybeApplied long before its timeout, and took effect once',
    async (t) => {
      const { store, observer } = await warm(t);
      await t.faults.tear(store);
      const timeout = 20_000;
      const called = t.now();
      const error = await failsWith(
        'UNAVAILABLE',
        store.commit({ guards: [], writes: [write(t.key('k'), 'x')] }, { timeout }),
      );
      assert.ok(t.now() - called < timeout / 2, `a broken connection was noticed after ${t.now() - called} ms`);
      assert.equal(error.maybeApplied, true);
      assert.equal(await valueAt(observer, t.key('k')), 'x');
    },
    'tear',
  ),

  define(
    'delay: calls over a slow line are answered',
    async (t) => {
      const { store, session } = await warm(t);
      await using _ = await t.faults.delay(store, 100);
      await put(store, t.key('k'), 'x', session);
      assert.ok(await session.renew());
      assert.equal((await look(store, t.key('k')))?.session, session.id);
      await session.end();
      assert.equal(await look(store, t.key('k')), undefined);
    },
    'delay',
  ),

  define(
    'delay: a commit that would come too late is UNAVAILABLE, and says truly whether it may be applied',
    async (t) => {
      const { store, observer } = await warm(t);
      const wait = 2 * brief(t);
      await using _ = await t.faults.delay(store, wait);
      const txn = { guards: [], writes: [write(t.key('lost'), 'x')] };
      const error = await failsWith('UNAVAILABLE', store.commit(txn, { timeout: wait / 2 }));
      await t.sleep(wait);
      if (!error.maybeApplied) await staysAbsent(t, observer, t.key('lost'));
    },
    'delay',
  ),

  define(
    'restart: committed state survives, and the same client works again',
    async (t) => {
      const { store } = await warm(t);
      const version = await put(store, t.key('k'), 'before');
      await t.faults.restart();
      const entry = await t.recovers(() => look(store, t.key('k'), { timeout: t.slack }), 3 * RECONNECT + t.slack);
      assert.equal(entry?.value, 'before');
      assert.equal(entry.version, version);
      const guards = [{ key: t.key('k'), version }];
      assert.ok(await store.commit({ guards, writes: [write(t.key('k'), 'after')] }));
    },
    'restart',
  ),
];

function onlyLost(error: unknown): 'lost' {
  if (DcsError.is(error, 'SESSION_LOST')) return 'lost';
  throw error;
}
