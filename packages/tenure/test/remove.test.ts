import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { file } from '@tenure/embedded';
import { open } from 'tenure';
import { type Cluster, cluster } from './cluster.ts';
import { until } from './tools.ts';

async function keys({ url }: Cluster): Promise<string[]> {
  await using store = file(url.slice('embedded://'.length));
  return [...(await store.read('/')).entries.keys()].sort();
}

/** A cluster that n1 leads in its second term, and a neighbour whose name begins like its own. */
async function led(t: TestContext) {
  const at = await cluster(t);
  const n1 = await at.member('n1');
  await (await n1.campaign()).release();
  const lease = await n1.campaign();
  await n1.announce({ state: 'running' });
  await at.put('config', '{"ttl":30}');
  await at.put('made/by/others', 'x');
  const neighbour = await open(`${at.url}?scope=s2&name=n`);
  t.after(async () => await neighbour.close());
  await neighbour.config.write({ ttl: 30 });
  return { ...at, n1, lease };
}

const ALL = ['config', 'epoch', 'leader', 'made/by/others', 'members/n1'].map((key) => `/service/s/${key}`);
const NEIGHBOUR = '/service/s2/config';
const ANSWERS = 's\nYes I am aware\nn1\n';

test('remove: three right answers remove all but the epoch, and the next term goes on from it', async (t) => {
  const at = await led(t);
  const removed = await at.run('remove', [], { input: ANSWERS });
  assert.equal(removed.code, 0, removed.stderr);
  assert.match(
    removed.stdout,
    /^\+ Cluster: s .*\n4 keys under \/service\/s\/: config, leader, made\/by\/others, members\/n1\n/s,
  );
  assert.match(removed.stderr, /tenure: removed s; the epoch stays, 2: no token up to it is ever given again\n$/);
  assert.deepEqual(await keys(at), ['/service/s/epoch', NEIGHBOUR]);
  await assert.rejects(at.lease.renew(), { code: 'LEASE_LOST' });
  const next = await at.member('n2');
  assert.equal((await next.campaign()).token, 3);
  await next.close();
  await at.n1.close();
  const nothing = await at.run('remove', ['--yes']);
  assert.deepEqual([nothing.code, nothing.stderr], [1, 'tenure: s: there is nothing to remove\n']);
});

test('remove: a wrong answer, none, and a dry run remove nothing', async (t) => {
  const at = await led(t);
  for (const [input, args, code, wanted] of [
    ['S\nYes I am aware\nn1\n', [], 1, /that is not what was asked for; nothing was removed\n$/],
    ['s\nyes i am aware\nn1\n', [], 1, /that is not what was asked for/],
    ['s\nYes I am aware\nn2\n', [], 1, /The name of the leader: tenure: that is not what was asked for/],
    ['s\nYes I am aware\n', [], 1, /stdin ended without an answer/],
    [ANSWERS, ['--dry-run'], 0, /^tenure: dry run: nothing was removed\n$/],
    ['', ['--yes'], 1, /^tenure: n1 leads: with --yes say so with --leader, or stop it first\n$/],
    ['', ['--yes', '--leader', 'n2'], 1, /^tenure: n1 leads: with --yes say so/],
  ] as const) {
    const ended = await at.run('remove', args, { input });
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr, wanted);
  }
  assert.deepEqual(await keys(at), [...ALL, NEIGHBOUR]);
});

test('remove --yes: wants the name of the leader where there is one, and tells in JSON what is gone', async (t) => {
  const at = await led(t);
  const removed = await at.run('remove', ['--yes', '--leader', 'n1', '--json']);
  assert.equal(removed.code, 0, removed.stderr);
  assert.deepEqual(JSON.parse(removed.stdout), {
    removed: ALL.filter((key) => !key.endsWith('epoch')),
    again: [],
    epoch: 2,
  });
  await at.put('config', '{}');
  const stranger = await at.run('remove', ['--force', '--leader', 'n1']);
  assert.deepEqual([stranger.code, stranger.stderr], [1, 'tenure: --leader: n1 does not lead; nobody does\n']);
  assert.equal((await at.run('remove', ['--force'])).code, 0);
});

test('remove: nothing goes when somebody took office while it asked', async (t) => {
  const at = await led(t);
  await at.lease.release();
  const asking = at.start('remove', [], { input: { open: true } });
  await until('the question', () => asking.stderr().includes('The name of the cluster'));
  await at.n1.campaign();
  asking.process.stdin?.end('s\nYes I am aware\n');
  const { code, stderr } = await asking.ended;
  assert.equal(code, 1);
  assert.match(stderr, /refused: who leads has changed; nothing was removed\n$/);
  assert.deepEqual(await keys(at), [...ALL, NEIGHBOUR]);
});

test('remove: more keys than one commit takes', async (t) => {
  const at = await led(t);
  await using store = file(at.url.slice('embedded://'.length));
  for (const [from, to] of [
    [0, 100],
    [100, 200],
  ] as const) {
    const writes = Array.from({ length: to - from }, (_, i) => ({
      type: 'put' as const,
      key: `/service/s/made/${from + i}`,
      value: 'x',
    }));
    await store.commit({ guards: [], writes });
  }
  const removed = await at.run('remove', ['--yes', '--leader', 'n1']);
  assert.equal(removed.code, 0, removed.stderr);
  assert.deepEqual(await keys(at), ['/service/s/epoch', NEIGHBOUR]);
});

test('remove: of a sharded cluster one group goes, and it must be named', async (t) => {
  const at = await cluster(t);
  for (const group of [0, 1]) await at.put(`${group}/config`, '{"ttl":30}');
  const all = await at.run('remove', ['--yes']);
  assert.equal(all.code, 2);
  assert.match(all.stderr, /s has the groups 0, 1, each a cluster of its own: name one with --group/);
  const one = await at.run('remove', ['--yes', '--group', '0']);
  assert.equal(one.code, 0, one.stderr);
  assert.match(one.stderr, /removed s, group 0; there is no epoch to keep\n$/);
  assert.deepEqual(await keys(at), ['/service/s/1/config']);
});
