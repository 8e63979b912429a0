import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { open } from 'tenure';
import type { Server } from '../clients/connect.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { CONFIG } from './cluster.ts';
import { tenure } from './command.ts';
import { PatroniDriver } from './driver.ts';
import type { Ground } from './ground.ts';
import { asOf } from './older-looks.ts';
import { findPatroni, type PatroniVersion } from './patroni.ts';

const sections: Readonly<Record<Server, (endpoint: string) => string>> = {
  etcd: (endpoint) => `etcd3:\n  hosts: ${endpoint}\n  use_proxies: true`,
  consul: (endpoint) => `consul:\n  host: ${endpoint}\n  register_service: false`,
  zookeeper: (endpoint) => `zookeeper:\n  hosts:\n    - ${endpoint}`,
};

/** As an operator has it: more than half of it is nothing to a store. */
function patroniYml(ground: Ground, scope: string): string {
  return `scope: ${scope}
namespace: /service/
name: pg1

log:
  level: INFO
restapi:
  listen: 127.0.0.1:8008
  connect_address: 127.0.0.1:8008
ctl:
  insecure: true

${sections[ground.server](ground.endpoint)}

bootstrap:
  dcs:
    ttl: 30
    loop_wait: 10
    retry_timeout: 10
    postgresql:
      use_pg_rewind: true
  initdb:
    - encoding: UTF8
    - data-checksums
postgresql:
  listen: 127.0.0.1:5432
  connect_address: 127.0.0.1:5432
  data_dir: /var/lib/postgresql/15/main
  authentication:
    superuser: {username: postgres, password: "p:w"}
    replication: {username: replicator, password: 'r#w'}
tags:
  nofailover: false
  clonefrom: true
`;
}

/** Patroni, patronictl, `open` and the command read one file, and find the same store, scope, name and times in it. */
export function oneFile(ground: Ground, version: PatroniVersion): void {
  suite(`one patroni.yml, ${ground.server}, Patroni ${version}`, () => {
    const scope = `filed-${version}`;
    const held = new AsyncDisposableStack();
    let file: string;
    let driver: PatroniDriver;
    before(async () => {
      const folder = held.adopt(await temporaryFolder('tenure-interop-'), (it) => it.remove()).path;
      file = join(folder, 'patroni.yml');
      writeFileSync(file, patroniYml(ground, scope));
      driver = held.use(new PatroniDriver(await findPatroni(version)));
    });
    after(() => held.disposeAsync());
    const patronictl = (...args: string[]) => driver.patronictl(file, args);
    const command = ([name = '', ...args]: readonly string[]) => tenure([name, '-c', file, ...args]);

    test('a member of either starts from it, and takes over from the other under its name', async () => {
      const patroni = await driver.open(file);
      assert.ok(await patroni.call('touch_member', { state: 'running', role: 'replica' }));
      assert.ok(await patroni.call('attempt_to_acquire_leader'));
      await using dcs = await open(file);
      assert.deepEqual([dcs.scope, dcs.name], [scope, 'pg1']);
      const { ttl, loopWait, retryTimeout } = dcs.timing;
      assert.deepEqual([ttl, loopWait, retryTimeout], [30_000, 10_000, 10_000]);
      const { leader } = await dcs.view();
      assert.deepEqual([leader?.name, leader?.member?.data.state], ['pg1', 'running']);
      assert.ok(await patroni.call('delete_leader'));
      assert.equal((await dcs.view()).leader, undefined);
      const lease = await dcs.acquire();
      assert.ok(lease);
      assert.equal(await patroni.call('attempt_to_acquire_leader'), false);
      await lease.release();
      assert.ok(await patroni.call('attempt_to_acquire_leader'));
      assert.equal((await dcs.view()).leader?.name, 'pg1');
    });

    test('patronictl -c and tenure -c show the same, and each what the other writes', async () => {
      await using dcs = await open(file);
      await dcs.config.write(CONFIG);
      await dcs.announce({ conn_url: 'postgres://10.0.0.1:5432/postgres', state: 'running', role: 'replica' });
      const theirs = await patronictl('edit-config', '--force', '-s', 'loop_wait=7');
      assert.equal(theirs.code, 0, theirs.stderr);
      const ours = await command(['edit-config', '--yes', '-s', 'retry_timeout=8']);
      assert.equal(ours.code, 0, ours.stderr);
      for (const look of [['show-config'], ['list']] as const) {
        const [shown, own] = [await patronictl(...look), await command(look)];
        assert.deepEqual([shown.code, own.code], [0, 0], shown.stderr + own.stderr);
        assert.deepEqual(asOf(version, own.stdout, []), asOf(version, shown.stdout, []));
      }
      const { value } = await dcs.config.read();
      assert.deepEqual([value?.loop_wait, value?.retry_timeout], [7, 8]);
    });
  });
}
