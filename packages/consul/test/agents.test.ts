import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { consul } from '../src/index.ts';
import { MOST_REQUEST_BYTES } from '../src/txn.ts';
import { failsWith, put, requestOf, until } from './help.ts';
import { asked, json, scripted, sound } from './scripted.ts';

const write = { guards: [], writes: [put('/a', '')] };
const proof = { guards: [{ key: '/a', version: null }], writes: [] };

suite('which agent is asked, how, and how often', { concurrency: 4 }, () => {
  test('case 87: of five silent agents as many are asked as there are half seconds', async () => {
    const reached = new Set<number>();
    const hang = async (_: unknown, n: number) => await scripted(() => void reached.add(n));
    const endpoints = await Promise.all(Array.from({ length: 5 }, hang));
    await using store = consul({ endpoints });
    const began = performance.now();
    await failsWith('UNAVAILABLE', store.read('/a', { timeout: 1500 }));
    assert.ok(performance.now() - began >= 1400);
    assert.ok(reached.size >= 2 && reached.size <= 3, `${reached.size} agents were asked`);
  });

  test('case 88: without a leader what does not write is asked again, until there is one', async () => {
    let refusals = 4;
    const endpoint = await scripted((request, response) => {
      if (asked(request).what === 'session/create' || refusals-- <= 0) sound(request, response);
      else response.writeHead(500).end('rpc error making call: No cluster leader');
    });
    await using store = consul({ endpoints: [endpoint] });
    const session = await store.openSession(20_000);
    assert.ok(await session.renew(proof));
    assert.ok(refusals <= 0);
    refusals = 2;
    assert.ok(await session.renew());
    refusals = 2;
    assert.equal((await store.read('')).entries.size, 0);
    refusals = 1;
    const error = await failsWith('UNAVAILABLE', store.commit(write, { timeout: 1000 }));
    assert.equal(error.maybeApplied, false, 'nothing was handed to raft');
  });

  test('case 88: a refusal for want of permission is told at once', async () => {
    let requests = 0;
    const endpoint = await scripted((_, response) => {
      requests++;
      response.writeHead(403).end('rpc error making call: Permission denied');
    });
    await using store = consul({ endpoints: [endpoint] });
    const calls = [() => store.read('/a/'), () => store.commit(write), () => store.openSession(20_000)];
    for (const call of calls) {
      requests = 0;
      await failsWith('DENIED', call());
      assert.equal(requests, 1);
    }
  });

  test('nothing is sent of a txn whose request is too large, neither by a commit nor by a renewal', async () => {
    const sent: string[] = [];
    const endpoint = await scripted((request, response) => {
      sent.push(asked(request).what);
      sound(request, response);
    });
    await using store = consul({ endpoints: [endpoint] });
    const session = await store.openSession(20_000);
    const huge = requestOf(MOST_REQUEST_BYTES + 1, '/a');
    for (const call of [store.commit(huge), session.renew(huge)]) {
      assert.equal((await failsWith('LIMIT', call)).maybeApplied, false);
    }
    assert.deepEqual(sent, ['session/create']);
    assert.ok(await session.renew());
  });

  test('case 89: an agent that passes on the words for a dead session says that the session is lost', async () => {
    const endpoint = await scripted((request, response) => {
      const { what } = asked(request);
      if (what === 'session/create') json(response, { ID: 'mine' });
      else response.writeHead(500).end('rpc error making call: invalid session "mine"');
    });
    await using store = consul({ endpoints: [endpoint] });
    const session = await store.openSession(20_000);
    const error = await failsWith(
      'SESSION_LOST',
      store.commit({ guards: [], writes: [{ ...put('/a', ''), session }] }),
    );
    assert.equal(error.maybeApplied, false);
    await failsWith('SESSION_LOST', session.renew(proof));
  });

  test('a write whose outcome is unknown is not sent to another agent', async () => {
    let elsewhere = 0;
    const first = await scripted((request) => void request.resume().on('end', () => request.socket.destroy()));
    const second = await scripted((request, response) => {
      elsewhere++;
      sound(request, response);
    });
    await using store = consul({ endpoints: [first, second] });
    assert.equal((await failsWith('UNAVAILABLE', store.commit(write))).maybeApplied, true);
    assert.equal(elsewhere, 0);
  });

  test('an agent that gave no answer is asked whether it does before it gets a write: without an answer nothing is sent', async () => {
    let silent = true;
    let writes = 0;
    const endpoint = await scripted((request, response) => {
      if (asked(request).what === 'txn') writes++;
      if (!silent) sound(request, response);
    });
    await using store = consul({ endpoints: [endpoint] });
    await failsWith('UNAVAILABLE', store.read('/a', { timeout: 300 }));
    assert.equal((await failsWith('UNAVAILABLE', store.commit(write, { timeout: 300 }))).maybeApplied, false);
    assert.equal(writes, 0);
    silent = false;
    assert.equal((await store.read('/a')).entries.size, 0);
    assert.ok(await store.commit(proof));
  });

  test('what is read or proven is confirmed by a leader with a quorum: every request asks for it', async () => {
    const inconsistent: string[] = [];
    const seen = new Set<string>();
    const endpoint = await scripted((request, response) => {
      const { what, query } = asked(request);
      seen.add(what);
      const free = ['session/create', 'session/renew'];
      // Whether the token may read at all is asked for an empty list, and tells nothing of the state.
      const isAccess = what === 'kv' && !query.has('recurse');
      if (!free.includes(what) && !isAccess && !query.has('consistent')) inconsistent.push(request.url ?? '');
      if (query.has('index')) return;
      sound(request, response);
    });
    await using store = consul({ endpoints: [endpoint] });
    const session = await store.openSession(20_000);
    await store.read('/a/');
    assert.ok(await store.commit(proof));
    assert.ok(await store.commit({ guards: [], writes: [] }));
    assert.ok(await session.renew(proof));
    assert.ok(await session.renew());
    const watch = store.watch('/a/')[Symbol.asyncIterator]();
    assert.equal((await watch.next()).value?.entries.size, 0);
    assert.deepEqual(inconsistent, []);
    assert.deepEqual([...seen].sort(), ['kv', 'session/create', 'session/info', 'session/renew', 'txn']);
  });

  test('the datacenter and the token go with every request', async () => {
    const without: string[] = [];
    const endpoint = await scripted((request, response) => {
      const { what, query } = asked(request);
      if (what !== 'status' && query.get('dc') !== 'dc7') without.push(`${what}: no dc`);
      if (request.headers['x-consul-token'] !== 'key') without.push(`${what}: no token`);
      sound(request, response);
    });
    await using store = consul({ endpoints: [endpoint], dc: 'dc7', token: 'key' });
    const session = await store.openSession(20_000);
    await store.read('/a/');
    await store.commit(proof);
    await session.renew();
    await session.end();
    assert.deepEqual(without, []);
  });

  test('an agent with an IPv6 address is reached', async () => {
    const endpoint = await scripted(sound, '::1');
    await using store = consul({ endpoints: [endpoint] });
    assert.equal((await store.read('/a/')).entries.size, 0);
    assert.ok(await store.commit(proof));
  });
});

suite('how often a watch asks', { concurrency: 3 }, () => {
  /** Pauses double from 100 ms to 1 s: six requests, and the one that asks for permission, in three seconds. */
  const MOST = 9;

  for (const [what, answer] of [
    ['an agent that fails every time', (response) => response.writeHead(500).end('rpc error making call: EOF')],
    ['an agent that never holds an answer back', (response) => json(response, [], 7)],
    ['an index that is 0', (response) => json(response, [], 0)],
  ] satisfies [string, (response: Parameters<typeof json>[0]) => void][]) {
    test(`${what} is not asked without a pause`, async () => {
      let requests = 0;
      const endpoint = await scripted((_, response) => {
        requests++;
        answer(response);
      });
      await using store = consul({ endpoints: [endpoint] });
      const watch = store.watch('', { staleAfter: 60_000 })[Symbol.asyncIterator]();
      const waiting = watch.next().then(() => watch.next());
      waiting.catch(() => {});
      const began = performance.now();
      await until('three seconds', () => performance.now() - began > 3000);
      assert.ok(requests >= 2 && requests <= MOST, `${requests} requests`);
    });
  }
});

suite('a renewal in two parts says what became of each', () => {
  for (const [what, status, words, code] of [
    ['the session is gone', 404, 'Session id not found', 'SESSION_LOST'],
    ['the agent fails', 500, 'rpc error making call: EOF', 'UNAVAILABLE'],
    ['there is no leader', 500, 'No cluster leader', 'UNAVAILABLE'],
  ] as const) {
    test(`the txn was done, and then ${what}: maybeApplied`, async () => {
      const endpoint = await scripted((request, response) => {
        const { what: asks } = asked(request);
        if (asks === 'session/renew') response.writeHead(status).end(words);
        else if (asks === 'txn') {
          request.resume().on('end', () => json(response, { Results: [{ KV: { Key: 'a', ModifyIndex: 7 } }] }));
        } else sound(request, response);
      });
      await using store = consul({ endpoints: [endpoint] });
      const session = await store.openSession(20_000);
      assert.equal((await failsWith(code, session.renew(write, { timeout: 1000 }))).maybeApplied, true);
      assert.equal((await failsWith(code, session.renew(proof, { timeout: 1000 }))).maybeApplied, false);
    });
  }
});
