import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { DcsError } from '@tenure/core';
import { consul } from '../src/index.ts';
import { failsWith, put, until } from './help.ts';
import { json, scripted } from './scripted.ts';

/** Half of a call's default timeout of 10 s: who noticed the break was not the clock. */
const SOON = 5000;

test('an answer that breaks off in its middle settles the call at once', async () => {
  const endpoint = await scripted((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
    response.write('{"Results":[');
    setTimeout(() => response.destroy(), 50);
  });
  await using store = consul({ endpoints: [endpoint] });
  const began = performance.now();
  const error = await failsWith('UNAVAILABLE', store.commit({ guards: [], writes: [put('/a', '')] }));
  assert.equal(error.maybeApplied, true);
  assert.ok(performance.now() - began < SOON);
});

test('an answer that is not what Consul answers is an unknown outcome', async () => {
  const endpoint = await scripted((_, response) => json(response, { Results: 'many' }));
  await using store = consul({ endpoints: [endpoint] });
  const error = await failsWith('UNAVAILABLE', store.commit({ guards: [], writes: [put('/a', '')] }));
  assert.equal(error.maybeApplied, true);
});

test('kept connections that the agent closes without a word cost no read and no write', async () => {
  let requests = 0;
  const endpoint = await scripted((request, response) => {
    requests++;
    const results = [{ KV: { Key: 'a', ModifyIndex: requests } }];
    json(response, request.url?.startsWith('/v1/txn') ? { Results: results } : [{ Key: 'a', ModifyIndex: 7 }]);
    setTimeout(() => request.socket.destroy(), 10);
  });
  await using store = consul({ endpoints: [endpoint] });
  for (let n = 0; n < 20; n++) {
    await until('a while', () => performance.now() % 20 > 10);
    assert.equal((await store.read('/a')).entries.size, 1);
    assert.ok(await store.commit({ guards: [], writes: [put('/a', '')] }));
  }
});

test('a renewal is sent after its txn was answered, and never beside it', async () => {
  const order: string[] = [];
  const endpoint = await scripted((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://agent');
    const what = pathname.split('/')[pathname.startsWith('/v1/session') ? 3 : 2] ?? '';
    order.push(what);
    response.on('finish', () => order.push(`${what} answered`));
    if (what === 'create') json(response, { ID: 'mine' });
    else if (what === 'renew') json(response, [{ ID: 'mine' }]);
    else setTimeout(() => json(response, { Results: [] }), 30);
  });
  await using store = consul({ endpoints: [endpoint] });
  const session = await store.openSession(20_000);
  assert.ok(await session.renew({ guards: [{ key: '/a', version: null }], writes: [] }));
  assert.deepEqual(order.slice(2), ['txn', 'txn answered', 'renew', 'renew answered']);
});

test('case 79: a watch whose index goes back asks anew, and shows the state that it then finds', async () => {
  const asked: (string | null)[] = [];
  const endpoint = await scripted((request, response) => {
    const index = new URL(request.url ?? '', 'http://agent').searchParams.get('index');
    asked.push(index);
    const restored = asked.length > 1;
    if (asked.length > 3) return;
    json(response, [{ Key: 'a/k', ModifyIndex: restored ? 3 : 90 }], restored ? 5 : 100);
  });
  await using store = consul({ endpoints: [endpoint] });
  const watch = store.watch('/a/')[Symbol.asyncIterator]();
  assert.equal((await watch.next()).value?.entries.get('/a/k')?.version, '90');
  assert.equal((await watch.next()).value?.entries.get('/a/k')?.version, '3');
  await until('the next long poll', () => asked.length > 3);
  assert.deepEqual(asked, [null, '100', null, '5']);
});

test('no error holds a token, wherever one looks', async () => {
  const token = 'very-secret-token';
  const endpoint = await scripted((_, response) => response.writeHead(500).end('rpc error making call: EOF'));
  await using store = consul({ endpoints: [endpoint], token });
  const error = await failsWith('UNAVAILABLE', store.commit({ guards: [], writes: [put('/a', '')] }));
  assert.ok(DcsError.is(error));
  assert.match(error.message, /rpc error making call: EOF/);
  assert.ok(!inspect(error, { depth: 20, showHidden: true }).includes(token));
  assert.doesNotThrow(() => JSON.stringify(error));
});
