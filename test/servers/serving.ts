import assert from 'node:assert/strict';
import { existsSync, readlinkSync } from 'node:fs';
import type { Store } from '@tenure/core';
import type { ServerCluster } from './cluster.ts';
import type { ServerNode } from './node.ts';

/** Milliseconds for what takes a few on a machine that others load; elections included. */
const PATIENCE = { timeout: 30_000 };
/** Milliseconds: as long as that, so that no session runs out meanwhile. All of them are ended. */
export const TTL = 60_000;

/** One of everything that a client asks of a server: a session, a bound and a permanent key, a watch, a read. */
export async function serves(store: Store, root: string): Promise<void> {
  await using session = await store.openSession(TTL, PATIENCE);
  const [bound, free] = [`${root}/bound`, `${root}/free`];
  const watch = store.watch(`${root}/`)[Symbol.asyncIterator]();
  await watch.next();
  const commit = await store.commit(
    {
      guards: [{ key: bound, version: null }],
      writes: [
        { type: 'put', key: bound, value: 'b', session },
        { type: 'put', key: free, value: 'f' },
      ],
    },
    PATIENCE,
  );
  assert.ok(commit);
  for (;;) {
    const { value } = await watch.next();
    if (value?.entries.get(bound)?.session === session.id) break;
  }
  await watch.return?.();
  const version = commit.versions.get(bound) ?? null;
  assert.ok(await session.renew({ guards: [{ key: bound, version }], writes: [] }, PATIENCE));
  await session.end(PATIENCE);
  const { entries } = await store.read(`${root}/`, PATIENCE);
  assert.deepEqual([...entries.keys()], [free]);
}

/** It serves a client, again after its last node was killed and started again, and is gone without a trace when it is stopped. */
export async function livesAndDies(cluster: ServerCluster<ServerNode>, connect: () => Store): Promise<void> {
  {
    await using store = connect();
    await serves(store, '/before');
    const node = cluster.nodes.at(-1);
    assert.ok(node);
    await node.kill();
    await node.restart();
    await cluster.ready();
    await serves(store, '/after');
    assert.equal((await store.read('/before/', PATIENCE)).entries.size, 1, 'the data outlives a restart');
  }
  const pids = cluster.nodes.map(({ pid }) => pid as number);
  const folders = pids.map((pid) => readlinkSync(`/proc/${pid}/cwd`));
  await cluster.stop();
  for (const pid of pids) assert.ok(!existsSync(`/proc/${pid}/cwd`), `process ${pid} is left`);
  for (const folder of folders) assert.ok(!existsSync(folder), `${folder} is left`);
}
