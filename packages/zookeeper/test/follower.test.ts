import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DcsError, type Session, type Store, systemClock, type Version } from '@tenure/core';
import { zookeeper } from '@tenure/zookeeper';
import { code, ZkError } from '../src/rpc.ts';
import { Servers } from '../src/servers.ts';
import { ZkWire } from '../src/wire.ts';
import { type Answerer, FakeServer, greeting, reply } from './fake.ts';
import { until } from './help.ts';

const MULTI = 14;
const CLOSE_SESSION = -11;
const SILENCE = { bytes: Buffer.alloc(0) };

const sound: Answerer = (asked) => ({ bytes: asked === undefined ? greeting() : reply(asked) });
/** A follower that is cut off from its leader: it greets, and answers reads, and nothing that needs a quorum. */
const cutOff: Answerer = (asked) => (asked?.type === MULTI ? SILENCE : sound(asked));

function open(fake: FakeServer): ZkWire {
  return new ZkWire({
    servers: new Servers([{ host: '127.0.0.1', port: fake.port }]),
    timeout: 10_000,
    handshake: 5000,
    tls: () => undefined,
    auth: [],
    acls: [],
    clock: systemClock,
    keepUp: () => true,
  });
}

const connect = (fake: FakeServer): Store => zookeeper({ hosts: [`127.0.0.1:${fake.port}`], tickTime: 100 });
const isUnavailable = (error: unknown) => DcsError.is(error, 'UNAVAILABLE') && !error.maybeApplied;

suite('a server without its leader', { concurrency: 4 }, () => {
  // That of the znode that the fake server shows, so that only the proof is wanting.
  const guards = [{ key: '/a', version: '1:0' as Version }];
  const stale = [{ key: '/a', version: '1:9' as Version }];
  const timeout = 700;
  const calls: Record<string, (store: Store, session: Session) => Promise<unknown>> = {
    'a read': (store) => store.read('/a', { timeout }),
    'guards that hold': (store) => store.commit({ guards, writes: [] }, { timeout }),
    'guards that do not': (store) =>
      store.commit({ guards: stale, writes: [{ type: 'delete', key: '/a' }] }, { timeout }),
    'nothing at all': (store) => store.commit({ guards: [], writes: [] }, { timeout }),
    'a renewal with guards': (_, session) => session.renew({ guards, writes: [] }, { timeout }),
    'a renewal': (_, session) => session.renew(undefined, { timeout }),
  };
  for (const [what, call] of Object.entries(calls)) {
    test(`proves nothing: ${what} is UNAVAILABLE`, async () => {
      // Each on connections of its own: behind a multi that waits no server answers anything.
      await using fake = await FakeServer.open(sound);
      await using store = connect(fake);
      const session = await store.openSession(3000);
      await store.read('/a');
      fake.answer = cutOff;
      await assert.rejects(call(store, session), isUnavailable);
    });
  }

  test('gives a watch no first state', async () => {
    await using fake = await FakeServer.open(cutOff);
    await using store = connect(fake);
    const first = store.watch('/a')[Symbol.asyncIterator]().next();
    first.catch(() => {});
    assert.equal(await Promise.race([first.then(() => 'a state'), sleep(timeout, 'nothing')]), 'nothing');
  });

  test('makes a watch stale that was sound before, though it answers reads and pings', async () => {
    await using fake = await FakeServer.open(sound);
    await using store = connect(fake);
    const seen: boolean[] = [];
    const watch = (async () => {
      for await (const { stale } of store.watch('/a', { staleAfter: 600 })) seen.push(stale);
    })();
    watch.catch(() => {});
    await until('a state', () => seen.length > 0);
    fake.answer = cutOff;
    await until('it is stale', () => seen.at(-1) === true);
    fake.answer = sound;
    await until('it is sound again', () => seen.at(-1) === false);
  });
});

suite('answers that the library does not know', () => {
  for (const [answered, expected] of [
    [-127, 'LIMIT'],
    [-118, 'UNAVAILABLE'],
    [-119, 'UNAVAILABLE'],
    [-999, 'UNAVAILABLE'],
  ] as const) {
    test(`code ${answered} is told, as ${expected}, and the connection goes on`, async () => {
      await using fake = await FakeServer.open(sound);
      await using store = connect(fake);
      await store.read('/a');
      const before = fake.asked;
      let greetings = 0;
      fake.answer = (asked) => {
        if (asked === undefined) greetings++;
        return { bytes: asked === undefined ? greeting() : reply(asked, asked.type === MULTI ? 0 : answered) };
      };
      const error = await store.read('/a', { timeout: 300 }).catch((reason: unknown) => reason);
      assert.ok(DcsError.is(error, expected) && error.message.includes(`code ${answered}`), String(error));
      assert.ok(fake.asked > before);
      assert.equal(greetings, 0);
    });
  }
});

test('what is asked for without a connection is refused at once, and never sent', async () => {
  let multis = 0;
  await using fake = await FakeServer.open(sound);
  const wire = open(fake);
  const ops = [{ type: 'delete', path: '/a', version: -1 }] as const;
  try {
    await wire.ready({ signal: AbortSignal.timeout(5000) });
    // The next connection stands, and is not answered.
    fake.answer = () => SILENCE;
    fake.reset();
    await until('the loss is noticed', () => wire.state !== 'connected');
    await assert.rejects(
      Promise.race([wire.multi(ops, true), sleep(1000)]),
      (error) => error instanceof ZkError && error.code === code.notConnected && !error.sent,
    );
    fake.answer = (asked) => {
      if (asked?.type === MULTI) multis++;
      return sound(asked);
    };
    fake.reset();
    await wire.ready({ signal: AbortSignal.timeout(10_000) });
    await wire.exists('/', false);
    assert.equal(multis, 0);
  } finally {
    wire.stop();
  }
});

suite('times count from the sending', { concurrency: 2 }, () => {
  test('the server has heard of the session no later than when the answered request was sent', async () => {
    await using fake = await FakeServer.open(sound);
    const wire = open(fake);
    try {
      await wire.ready({ signal: AbortSignal.timeout(5000) });
      fake.answer = (asked) => ({ ...sound(asked), after: sleep(300) });
      const called = systemClock.now();
      const sending = wire.exists('/', false);
      const sent = systemClock.now();
      await sending;
      assert.ok(systemClock.now() - sent >= 290);
      assert.ok(wire.answeredAt >= called && wire.answeredAt <= sent);
    } finally {
      wire.stop();
    }
  });

  test('a session that is not renewed ends its ttl after the sending of a renewal that was answered late', async () => {
    let closed = 0;
    const held = 4000;
    await using fake = await FakeServer.open((asked) => {
      if (asked?.type === CLOSE_SESSION) closed = performance.now();
      return { bytes: asked === undefined ? greeting(7n, 4000) : reply(asked) };
    });
    await using store = zookeeper({ hosts: [`127.0.0.1:${fake.port}`], tickTime: 400 });
    const session = await store.openSession(6000);
    const answer = fake.answer;
    fake.answer = (asked) => ({ ...answer(asked), ...(asked?.type === MULTI && { after: sleep(held) }) });
    const sent = performance.now();
    await session.renew();
    await until('the session is closed', () => closed > 0, session.ttl + 10_000);
    // From the answer it would be at least this late; a busy machine is later than it should be, but not by so much.
    assert.ok(closed - sent < session.ttl + held, `${closed - sent} ms after the sending`);
  });
});

suite('how often it asks', { concurrency: 3 }, () => {
  test('case 87: of five silent servers no more are tried than there are seconds', async () => {
    const fakes = await Promise.all(Array.from({ length: 5 }, () => FakeServer.open(() => SILENCE)));
    try {
      await using store = zookeeper({ hosts: fakes.map(({ port }) => `127.0.0.1:${port}`) });
      await assert.rejects(store.read('/a', { timeout: 3000 }), isUnavailable);
      const asked = fakes.filter((fake) => fake.asked > 0).length;
      assert.ok(asked >= 1 && asked <= 3, `${asked} were tried`);
    } finally {
      for (const fake of fakes) await fake[Symbol.asyncDispose]();
    }
  });

  for (const [what, answer] of [
    ['breaks each connection', () => ({ bytes: Buffer.alloc(0), close: true })],
    [
      'refuses each multi',
      (asked) => ({ bytes: asked === undefined ? greeting() : reply(asked, asked.type === MULTI ? -1 : 0) }),
    ],
  ] satisfies [string, Answerer][]) {
    test(`a server that ${what} is not asked by a watch without a pause`, async () => {
      await using fake = await FakeServer.open(answer);
      await using store = connect(fake);
      const waiting = store.watch('/a', { staleAfter: 60_000 })[Symbol.asyncIterator]().next();
      waiting.catch(() => {});
      // What is counted is what comes in this time. Pauses double to a second; a round is a greeting and five requests.
      await sleep(3000);
      assert.ok(fake.asked >= 2 && fake.asked <= 60, `${fake.asked} requests`);
    });
  }
});
