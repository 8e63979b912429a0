import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DcsError, systemClock } from '@tenure/core';
import { zookeeper } from '@tenure/zookeeper';
import { ZkError, type ZkOp } from '../src/rpc.ts';
import { Servers } from '../src/servers.ts';
import { ZkWire } from '../src/wire.ts';
import { FakeServer, greeting, int, long, notification, reply } from './fake.ts';

const INPUTS = 4000;
const LANES = 16;
const CLOSE_SESSION = -11;
/** The reply that is broken: to the handshake, the login, `exists`, `getData`, `getChildren2`, a multi or the end of the session. */
const TARGETS = [undefined, 100, 3, 4, 12, 14, CLOSE_SESSION];
const seed = Number(process.env.TENURE_FUZZ_SEED ?? 20_261_122);

/** mulberry32: the same inputs for the same seed. */
function random(state: number): () => number {
  let a = state >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The replies of one connection. */
interface Flight {
  /** Whole replies that are sent behind the next one; with `shuffled`, all of them at the end and in any order. */
  readonly later: Buffer[];
  shuffled: boolean;
}

type Mutation = (bytes: Buffer, next: () => number, flight: Flight) => Buffer;

const below = (next: () => number, limit: number) => Math.floor(next() * limit);

function noise(next: () => number, most: number): Buffer {
  return Buffer.from(Array.from({ length: below(next, most) }, () => below(next, 256)));
}

/** Any 32 bits at any place: lengths, counts and codes above all. */
const LENGTHS = [-2_147_483_648, -4, -2, -1, 0, 1, 3, 15, 16, 1024, 16_777_216, 2_147_483_647];

/** A watch that fired, the answer to a ping, to a login, and to watches that are set anew. */
const UNASKED = [-1, -2, -4, -8];

const mutations: Record<string, Mutation> = {
  'cut off': (bytes, next) => bytes.subarray(0, below(next, bytes.length)),
  'bits flipped': (bytes, next) => {
    const copy = Buffer.from(bytes);
    for (let n = 1 + below(next, 4); n > 0; n--) {
      const at = below(next, copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << below(next, 8));
    }
    return copy;
  },
  'a strange length': (bytes, next) => {
    const copy = Buffer.from(bytes);
    const at = 4 * below(next, Math.floor(copy.length / 4));
    copy.writeInt32BE(LENGTHS[below(next, LENGTHS.length)] ?? 0, at);
    return copy;
  },
  'a strange length in the body': (bytes, next) => {
    const copy = Buffer.from(bytes);
    if (copy.length >= 24) copy.writeInt32BE(LENGTHS[below(next, LENGTHS.length)] ?? 0, 20);
    return copy;
  },
  oversized: (bytes, next) => {
    const extra = noise(next, 5000);
    const copy = Buffer.concat([bytes, extra]);
    copy.writeInt32BE(copy.length - 4, 0);
    return copy;
  },
  'too short for its kind': (bytes, next) => {
    const copy = Buffer.from(bytes.subarray(0, 20 + below(next, Math.max(1, bytes.length - 20))));
    if (copy.length >= 4) copy.writeInt32BE(copy.length - 4, 0);
    return copy;
  },
  'a list of strings': (bytes, next) => {
    const items = Array.from({ length: below(next, 6) }, () => int(LENGTHS[below(next, LENGTHS.length)] ?? 0));
    const body = Buffer.concat([bytes.subarray(4, 20), int(LENGTHS[below(next, LENGTHS.length)] ?? 0), ...items]);
    return Buffer.concat([int(body.length), body]);
  },
  random: (_bytes, next) => noise(next, 200),
  'random in a sound frame': (_bytes, next) => {
    const body = noise(next, 200);
    return Buffer.concat([int(body.length), body]);
  },
  twice: (bytes) => Buffer.concat([bytes, bytes]),
  'after a notification': (bytes, next) => Buffer.concat([notification(noise(next, 20).toString('latin1')), bytes]),
  'before its own end': (bytes, next) => {
    const at = below(next, bytes.length);
    return Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]);
  },
  'with any error code': (bytes, next) => {
    const copy = Buffer.from(bytes.subarray(0, 20));
    copy.writeInt32BE(16, 0);
    if (copy.length === 20) copy.writeInt32BE(-below(next, 300), 16);
    return copy;
  },
  'another transaction': (bytes, next) => {
    const copy = Buffer.from(bytes);
    long(BigInt(below(next, 2 ** 31)) << 32n).copy(copy, 8);
    return copy;
  },
  'none at all': () => Buffer.alloc(0),
  'whole, after the next one': (bytes, _next, flight) => {
    flight.later.push(bytes);
    return Buffer.alloc(0);
  },
  'whole, and again after the next one': (bytes, _next, flight) => {
    flight.later.push(bytes);
    return bytes;
  },
  'whole, and all from it on in any order': (bytes, _next, flight) => {
    flight.later.push(bytes);
    flight.shuffled = true;
    return Buffer.alloc(0);
  },
  'for a request before or after': (bytes, next) => withXid(bytes, (xid) => xid + (below(next, 7) - 3 || 1)),
  'for a request that nobody made': (bytes, next) => withXid(bytes, () => LENGTHS[below(next, LENGTHS.length)] ?? 0),
  'as if it were no reply': (bytes, next) => withXid(bytes, () => UNASKED[below(next, UNASKED.length)] ?? 0),
};

function withXid(bytes: Buffer, change: (xid: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  int(change(copy.readInt32BE(4))).copy(copy, 4);
  return copy;
}

const thrown: unknown[] = [];
const onThrown = (error: unknown) => thrown.push(error);
process.on('uncaughtException', onThrown).on('unhandledRejection', onThrown);
after(() => process.off('uncaughtException', onThrown).off('unhandledRejection', onThrown));

suite(`fuzz, seed ${seed}`, () => {
  test(`${INPUTS} broken packets throw nothing, and every request settles`, async (t) => {
    const settled = await Promise.all(Array.from({ length: LANES }, (_, lane) => fuzz(random(seed + lane))));
    assert.equal(
      settled.reduce((sum, count) => sum + count),
      LANES * Math.ceil(INPUTS / LANES),
    );
    t.diagnostic(
      `${INPUTS} inputs, ${Object.keys(mutations).length} kinds at ${TARGETS.length} places; uncaught exceptions: ${thrown.length}`,
    );
    assert.deepEqual(thrown, []);
  });

  test('whole replies in the wrong order, twice or for another request: nobody gets an answer that is not its own', async () => {
    const orders: Record<string, (replies: readonly Buffer[]) => readonly (Buffer | undefined)[]> = {
      sound: (replies) => replies,
      'in the wrong order': ([a, b, c]) => [b, a, c],
      'the last one first': ([a, b, c]) => [c, a, b],
      'the first one twice': ([a, b, c]) => [a, a, b, c],
      'the last one twice': ([a, b, c]) => [a, b, c, c],
      'the second one for the first': ([a, b, c]) => [b && withXid(b, (xid) => xid + 1), a, c],
      'the last one for one that nobody made': ([a, b, c]) => [a, b, c && withXid(c, (xid) => xid + 1)],
    };
    for (const [name, order] of Object.entries(orders)) {
      let replies: Buffer[] = [];
      await using fake = await FakeServer.open((asked) => {
        if (asked?.type !== 4) return { bytes: asked === undefined ? greeting() : reply(asked) };
        replies.push(reply(asked, 0, `value ${replies.length}`));
        if (replies.length < 3) return { bytes: Buffer.alloc(0) };
        const bytes = Buffer.concat(order(replies).filter((sent) => sent !== undefined));
        replies = [];
        return { bytes };
      });
      const wire = open(fake.port);
      const patience = AbortSignal.timeout(5000);
      await wire.ready({ signal: patience });
      const asked = ['/0', '/1', '/2'].map((path) => wire.data(path, false, patience));
      const answers = await Promise.allSettled(asked);
      const values = answers.map((answer) =>
        answer.status === 'fulfilled' ? answer.value.value?.data?.toString() : '',
      );
      for (const [n, value] of values.entries())
        assert.ok(value === '' || value === `value ${n}`, `${name}: ${values}`);
      assert.equal(values.includes(''), !['sound', 'the last one twice'].includes(name), `${name}: ${values}`);
      // What broke the connection did not break the wire.
      await wire.ready({ signal: patience });
      wire.stop();
    }
    assert.deepEqual(thrown, []);
  });

  test('lengths that would send the library backwards, for ever, break the connection instead', async () => {
    const shapes = [
      // A list of very many names, the first of which is minus four bytes long: the next one begins where it began.
      Buffer.concat([int(2_147_483_647), int(-4), int(-4)]),
      // The path of a creation that ends before its result began.
      Buffer.concat([int(1), Buffer.of(0), int(0), int(-13), Buffer.alloc(20)]),
      // A value of two gigabytes.
      Buffer.concat([int(2_147_483_647), Buffer.alloc(68)]),
    ];
    for (const shape of shapes) {
      await using fake = await FakeServer.open((asked) => {
        if (asked === undefined) return { bytes: greeting() };
        const body = Buffer.concat([int(asked.xid), long(9n), int(0), shape]);
        return { bytes: Buffer.concat([int(body.length), body]) };
      });
      for (const request of [
        (wire: ZkWire) => wire.children('/a', false),
        (wire: ZkWire) => wire.multi([{ type: 'check', path: '/', version: -1 }], false),
        (wire: ZkWire) => wire.data('/a', false),
      ]) {
        const wire = open(fake.port);
        await wire.ready({ signal: AbortSignal.timeout(2000) });
        await assert.rejects(request(wire), ZkError);
        wire.stop();
      }
    }
    assert.deepEqual(thrown, []);
  });

  test('a wire that met broken packets works again as soon as the server does', async () => {
    const next = random(seed + 1);
    let sound = false;
    const kinds = Object.values(mutations);
    await using fake = await FakeServer.open((asked) => {
      const bytes = asked === undefined ? greeting() : reply(asked);
      if (sound || asked === undefined) return { bytes };
      const flight = { later: [], shuffled: false };
      return { bytes: (kinds[below(next, kinds.length)] as Mutation)(bytes, next, flight), close: true };
    });
    const wire = open(fake.port);
    try {
      for (let n = 0; n < 200; n++) {
        const patience = AbortSignal.timeout(2000);
        await wire.ready({ signal: patience });
        await wire.exists('/a', false, patience).catch((error: unknown) => assert.ok(error instanceof ZkError));
      }
      sound = true;
      const patience = AbortSignal.timeout(5000);
      for (;;) {
        await wire.ready({ signal: patience });
        const answer = await wire.data('/a', false, patience).catch(() => undefined);
        if (answer === undefined) continue;
        assert.equal(answer.value?.data?.toString(), 'x');
        break;
      }
    } finally {
      wire.stop();
    }
    assert.deepEqual(thrown, []);
  });

  test('a store before a server that talks nonsense is UNAVAILABLE and nothing worse', async () => {
    const next = random(seed + 2);
    await using fake = await FakeServer.open(() => ({ bytes: noise(next, 300) }));
    await using store = zookeeper({ hosts: [`127.0.0.1:${fake.port}`] });
    const calls = [
      store.read('/a', { timeout: 300 }),
      store.commit({ guards: [], writes: [{ type: 'put', key: '/a', value: '' }] }, { timeout: 300 }),
      store.openSession(store.limits.minTtl, { timeout: 300 }),
    ];
    for (const call of calls) await assert.rejects(call, (error) => DcsError.is(error, 'UNAVAILABLE'));
    assert.deepEqual(thrown, []);
  });
});

/** An op of each kind. */
const MULTI: readonly ZkOp[] = [
  { type: 'create', path: '/a/b', data: Buffer.from('x'), ephemeral: true },
  { type: 'set', path: '/a/b', data: undefined, version: 0 },
  { type: 'check', path: '/a', version: 3 },
  { type: 'delete', path: '/a/b', version: 1 },
];

/** One lane's share of the inputs, each on a fresh session; how many settled. */
async function fuzz(next: () => number): Promise<number> {
  const kinds = Object.values(mutations);
  let mutation = kinds[0] as Mutation;
  let target: number | undefined;
  let flight: Flight = { later: [], shuffled: false };
  await using fake = await FakeServer.open((asked) => {
    const sound = asked === undefined ? greeting() : reply(asked);
    const { later, shuffled } = flight;
    if (shuffled) {
      later.splice(below(next, later.length + 1), 0, sound);
      return { bytes: asked?.type === CLOSE_SESSION ? Buffer.concat(later.splice(0)) : Buffer.alloc(0) };
    }
    const before = later.splice(0);
    if (asked?.type !== target) return { bytes: Buffer.concat([sound, ...before]) };
    const bytes = Buffer.concat([mutation(sound, next, flight), ...before]);
    // What is yet to come needs the connection.
    return { bytes, close: later.length === 0 && next() < 0.5 };
  });
  let settled = 0;
  for (let n = 0; n < INPUTS / LANES; n++) {
    mutation = kinds[n % kinds.length] as Mutation;
    target = TARGETS[below(next, TARGETS.length)];
    flight = { later: [], shuffled: false };
    const wire = open(fake.port);
    // Long enough for whatever arrives to be read; what is silent is given up.
    const patience = AbortSignal.timeout(20);
    const requests = [
      () => wire.data('/a', true, patience),
      () => wire.exists('/a', false, patience),
      () => wire.children('/a', true, patience),
      () => wire.multi([{ type: 'check', path: '/', version: -1 }], true, patience),
      () => wire.multi(MULTI, true, patience),
      () => wire.closeSession(patience),
    ];
    const all = wire.ready({ signal: patience }).then(
      () => Promise.allSettled(requests.map((request) => request())),
      () => [],
    );
    const late = sleep(5000, 'late', { ref: false });
    assert.notEqual(await Promise.race([all, late]), 'late', `input ${n} never settled`);
    wire.stop();
    settled++;
  }
  return settled;
}

function open(port: number): ZkWire {
  return new ZkWire({
    servers: new Servers([{ host: '127.0.0.1', port }]),
    timeout: 10_000,
    handshake: 1000,
    tls: () => undefined,
    auth: [{ scheme: 'digest', credential: 'a:b' }],
    acls: [{ permissions: 31, scheme: 'world', id: 'anyone' }],
    clock: systemClock,
    keepUp: () => false,
  });
}
