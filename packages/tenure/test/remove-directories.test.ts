import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { open } from 'tenure';
import { startZooKeeper } from '../../../test/servers/index.ts';
import { FaultProxy } from '../../conformance/src/proxy.ts';
import { ANYONE, digestOf, Raw, READ } from '../../zookeeper/test/help.ts';
import { clearDirectories, deleteKeys, keysOf } from '../src/cli/deletion.ts';
import { finished } from './tools.ts';

/** Only ZooKeeper keeps what stood above a key that is gone: a key without value, if it is of Patroni's making. */
const zookeeper = await startZooKeeper({ version: '3.9' });
after(async () => await zookeeper.stop());
const [endpoint = ''] = zookeeper.endpoints;

/** `/service/<scope>/made/by/others`; of `made` the ACL is told. */
async function made(raw: Raw, scope: string, acls = [ANYONE]): Promise<void> {
  await raw.create('/service', '').catch(() => undefined);
  await raw.create(`/service/${scope}`, '');
  await raw.create(`/service/${scope}/made`, '', acls);
  await raw.create(`/service/${scope}/made/by`, '');
  await raw.create(`/service/${scope}/made/by/others`, 'x');
}

test('remove: the directories go with their keys, the innermost first', async (t) => {
  await using raw = await Raw.open(zookeeper.endpoints);
  await made(raw, 'deep');
  const words = ['remove', '--store', `zookeeper://${endpoint}/deep?tick_time=0.5`, '--yes', '--json'];
  const { code, stdout, stderr } = await finished(t, words);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    removed: ['/service/deep/made/by/others'],
    again: [],
    directories: [],
    epoch: null,
  });
  await assert.rejects(raw.get('/service/deep/made'));
});

test('remove: a directory that may not be deleted is told, and the cluster is removed', async (t) => {
  await using raw = await Raw.open(zookeeper.endpoints, 'admin:secret');
  await made(raw, 'closed', [digestOf('admin:secret'), { ...ANYONE, permission: READ }]);
  const words = ['remove', '--store', `zookeeper://${endpoint}/closed?tick_time=0.5`, '--yes'];
  const { code, stderr } = await finished(t, words);
  assert.equal(code, 0, stderr);
  const left = '/service/closed/made/by, /service/closed/made';
  const told = /^tenure: removed closed; .*\ntenure: left: the empty (.*); zookeeper: commit: no permission/.exec(
    stderr,
  );
  assert.equal(told?.[1], left, stderr);
  await assert.rejects(raw.get('/service/closed/made/by/others'));
});

test('remove: a store that goes away when the keys are gone is no failure', async () => {
  await using raw = await Raw.open(zookeeper.endpoints);
  await made(raw, 'away');
  const { hostname: host, port } = new URL(`http://${endpoint}`);
  await using proxy = await FaultProxy.open({ host, port: Number(port) });
  await using dcs = await open(
    `zookeeper://127.0.0.1:${proxy.address.port}/away?name=a&tick_time=0.5&ttl=9&loop_wait=1&retry_timeout=1`,
  );
  const { signal } = new AbortController();
  const keys = await keysOf(dcs, signal);
  await deleteKeys(dcs, keys, null, signal);
  await using _ = proxy.cut();
  const { again, directories, problem } = await clearDirectories(dcs, keys, signal);
  assert.deepEqual([again, directories], [undefined, []]);
  assert.match(problem ?? '', /^zookeeper: read /);
  await assert.rejects(raw.get('/service/away/made/by/others'));
});
