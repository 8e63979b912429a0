import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { open } from 'tenure';
import { startZooKeeper } from '../../../test/servers/index.ts';
import { FaultProxy } from '../../conformance/src/proxy.ts';
import { Raw } from '../../zookeeper/test/help.ts';
import { deleteKeys, keysOf, remainsOf } from '../src/cli/deletion.ts';
import { finished } from './tools.ts';

/** Only ZooKeeper keeps what stood above a key that is gone. */
const zookeeper = await startZooKeeper({ version: '3.9' });
after(async () => await zookeeper.stop());
const [endpoint = ''] = zookeeper.endpoints;

/** `/service/<scope>/made/by/others`. */
async function made(raw: Raw, scope: string): Promise<void> {
  await raw.create('/service', '').catch(() => undefined);
  await raw.create(`/service/${scope}`, '');
  await raw.create(`/service/${scope}/made`, '');
  await raw.create(`/service/${scope}/made/by`, '');
  await raw.create(`/service/${scope}/made/by/others`, 'x');
}

test('remove: the directories of keys that are gone are nothing that was written again', async (t) => {
  await using raw = await Raw.open(zookeeper.endpoints);
  await made(raw, 'deep');
  const words = ['remove', '--store', `zookeeper://${endpoint}/deep?tick_time=0.5`, '--yes', '--json'];
  const { code, stdout, stderr } = await finished(t, words);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    removed: ['/service/deep/made/by/others'],
    again: [],
    epoch: null,
  });
  const again = await finished(t, words);
  assert.match(again.stderr, /deep: there is nothing to remove\n$/);
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
  const { again, problem } = await remainsOf(dcs, signal);
  assert.equal(again, undefined);
  assert.match(problem ?? '', /^zookeeper: read /);
  await assert.rejects(raw.get('/service/away/made/by/others'));
});
