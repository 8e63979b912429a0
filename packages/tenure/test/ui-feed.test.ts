import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Store } from '@tenure/core';
import { memory } from '@tenure/embedded';
import type { ClustersEvent } from '../src/page/wire.ts';
import { EventStream } from '../src/ui/event-stream.ts';
import { NamespaceFeed } from '../src/ui/feed.ts';
import { clustersOf, namespacePrefix } from '../src/ui/namespace.ts';
import { until } from './tools.ts';

async function put(store: Store, values: Record<string, string>): Promise<void> {
  const writes = Object.entries(values).map(([key, value]) => ({ type: 'put' as const, key, value }));
  await store.commit({ guards: [], writes });
}

test('ui: the clusters of a namespace are its scopes and their groups; what is of others is none', async () => {
  await using store = memory();
  await put(store, {
    '/service/b/config': '{}',
    '/service/a/members/n1': '{}',
    '/service/a/strange': '1',
    '/service/citus/10/epoch': '3',
    '/service/citus/2/config': '{}',
    '/service/citus/0/leader': 'c',
    '/service/half/0/config': '{}',
    '/service/half/strange': '1',
    '/service/eu/nested/config': '{}',
    '/service/loose': '1',
    '/service/empty//config': '1',
    '/services/other/config': '{}',
  });
  const idsOf = async (namespace: string) => {
    const snapshot = await store.read(namespacePrefix(namespace));
    return clustersOf(namespace, snapshot, store.clock).map(({ scope, group, problems }) => [
      scope,
      group,
      ...problems.map(({ key }) => key).filter((key) => key.endsWith('strange')),
    ]);
  };
  assert.deepEqual(await idsOf('service'), [
    ['a', undefined, '/service/a/strange'],
    ['b', undefined],
    ['citus', 0],
    ['citus', 2],
    ['citus', 10],
    ['half', undefined, '/service/half/strange'],
    ['half', 0],
  ]);
  assert.deepEqual(await idsOf('service/eu'), [['nested', undefined]]);
  assert.deepEqual(await idsOf('none'), []);
});

interface Followed {
  readonly store: Store;
  readonly feed: NamespaceFeed;
}

async function followed(t: TestContext): Promise<Followed> {
  const store = memory();
  const ending = new AbortController();
  const feed = await NamespaceFeed.open(store, 'service', ending.signal, 1000);
  const run = feed.run(ending.signal, 10_000).catch((error: unknown) => error);
  t.after(async () => {
    ending.abort(new Error('the end'));
    assert.equal(((await run) as Error).message, 'the end');
    await store.close();
  });
  return { store, feed };
}

test('ui: a listener is told only of what changed and what is gone, with what was seen of it', async (t) => {
  const { store, feed } = await followed(t);
  const events: ClustersEvent[] = [];
  const forget = feed.listen((event) => events.push(event));
  await until('the first state', () => events.length === 1);
  await put(store, { '/service/a/config': '{"ttl":1}', '/service/b/config': '{"ttl":1}' });
  await until('both', () => events.at(-1)?.changed.length === 2);
  await put(store, { '/service/a/config': '{"ttl":2}', '/service/a/epoch': '4', '/service/a/leader': 'n1' });
  const { changed, gone, stale } = await until('the change', () => events[2]);
  assert.deepEqual([changed.map(({ id }) => id), gone, stale], [['a'], [], false]);
  assert.match(changed[0]?.configChanges[0]?.diff ?? '', /-ttl: 1\n\+ttl: 2/);
  assert.deepEqual(
    changed[0]?.terms.map(({ leader, token, before, to }) => [leader, token, before, to !== undefined]),
    [
      ['', null, true, true],
      ['n1', 4, false, false],
    ],
  );
  assert.equal(changed[0]?.leader?.since?.from, 'watch');
  await store.commit({ guards: [], writes: [{ type: 'delete', key: '/service/b/config' }] });
  assert.deepEqual((await until('the end of b', () => events[3])).gone, ['b']);
  forget();
  await put(store, { '/service/a/config': '{"ttl":3}' });
  await until('the last', () => feed.clusters[0]?.config.text === 'ttl: 3\n');
  assert.equal(events.length, 4);
});

test('ui: of a cluster thirty terms and changes are kept', async (t) => {
  const { store, feed } = await followed(t);
  await put(store, { '/service/a/config': '{"ttl":0}' });
  for (let ttl = 1; ttl <= 35; ttl += 1) {
    await put(store, {
      '/service/a/config': `{"ttl":${ttl}}`,
      '/service/a/epoch': String(ttl),
      '/service/a/leader': 'n',
    });
    await until('it', () => feed.clusters[0]?.config.text === `ttl: ${ttl}\n`);
  }
  const [cluster] = feed.clusters;
  assert.deepEqual([cluster?.terms.length, cluster?.configChanges.length], [30, 30]);
  assert.deepEqual([cluster?.terms.at(-1)?.token, cluster?.terms[0]?.token], [35, 6]);
});

test('ui: a page that reads slowly misses states, and is told everything once it has caught up', async (t) => {
  const { store, feed } = await followed(t);
  const about = { namespace: 'service', store: 'm', writable: false, signedIn: false, confirmedWithin: 1, beat: 1 };
  const server = createServer((_, response) => void new EventStream(response, feed, about, () => true));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const [page] = (await once(get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), 'response')) as [
    IncomingMessage,
  ];
  const big = 'x'.repeat(400_000);
  for (let ttl = 1; ttl <= 20; ttl += 1) {
    await put(store, { '/service/a/config': `{"ttl":${ttl},"big":"${big}"}` });
    await until('it', () => feed.clusters[0]?.config.text.endsWith(`ttl: ${ttl}\n`));
  }
  let text = '';
  page.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const again = await until('the second hello', () => {
    const [, , second] = text.split('event: hello\ndata: ');
    return second?.includes('\n\n') === true && second.slice(0, second.indexOf('\n'));
  });
  const { clusters } = JSON.parse(again) as { clusters: readonly { config: { text: string } }[] };
  assert.match(clusters[0]?.config.text ?? '', /\nttl: 20\n$/);
  page.destroy();
});
