import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { open } from 'tenure';
import { startEtcd } from '../servers/index.ts';
import { look, patroni, serve } from './stage.ts';

/** Pictures of the page, to be looked at by a person: into the folder that SCREENSHOTS names. */
const folder = process.env.SCREENSHOTS ?? 'screenshots';
mkdirSync(folder, { recursive: true });

test('pictures', async (t) => {
  await using etcd = await startEtcd({ version: '3.5', fast: true });
  const [node] = etcd.nodes;
  if (node === undefined) throw new Error('no node');
  const at = `${etcd.url}/service`;
  const member = async (scope: string, name: string, data: object, group?: number) => {
    const timing = 'ttl=60&loop_wait=2&retry_timeout=2';
    const dcs = await open(`${at}/${scope}?${timing}&name=${name}${group === undefined ? '' : `&group=${group}`}`);
    t.after(async () => await dcs.close());
    await dcs.announce(patroni(name, data as Record<string, unknown>));
    return dcs;
  };
  const n1 = await member('batman', 'node1', { role: 'primary', xlog_location: 9_000_000_000 });
  await member('batman', 'node2', { replication_state: 'streaming', xlog_location: 8_999_990_000 });
  await member('batman', 'node3', {
    xlog_location: 8_000_000_000,
    tags: { nofailover: true, zone: 'b' },
    pending_restart: true,
    pending_restart_reason: { max_connections: { old_value: '100', new_value: '200' } },
  });
  const lease = await n1.campaign();
  await n1.status.write({ optime: 9_000_000_000 }, { fence: lease });
  await n1.initialize.write('7419320441837483021').catch(() => undefined);
  await n1.config.write({
    ttl: 30,
    loop_wait: 10,
    retry_timeout: 10,
    maximum_lag_on_failover: 1_048_576,
    postgresql: { use_pg_rewind: true, parameters: { max_connections: 200, wal_level: 'replica' } },
  });
  await n1.history.write([
    {
      timeline: 1,
      lsn: 25_623_960,
      reason: 'no recovery target specified',
      timestamp: '2026-09-03T07:11:04.000000+00:00',
      leader: 'node2',
    },
    {
      timeline: 2,
      lsn: 125_623_960,
      reason: 'no recovery target specified',
      timestamp: '2026-10-03T09:11:04.000000+00:00',
      leader: 'node1',
    },
  ]);
  const c0 = await member('citus', 'coord1', { role: 'primary' }, 0);
  await c0.campaign();
  await member('citus', 'work1', { state: 'starting' }, 1);
  const host = (name: string) => `postgres://${name}.db.internal.example.com:5433/postgres`;
  const first = 'pg-payments-eu-1';
  const payments = await member('payments-eu', first, {
    conn_url: host(first),
    role: 'primary',
    xlog_location: 9_000_000_000,
  });
  await member('payments-eu', 'pg-payments-eu-2', {
    conn_url: host('pg-payments-eu-2'),
    xlog_location: 8_000_000_000,
    tags: { failover_priority: 2, availability_zone: 'eu-central-1b' },
  });
  await member('payments-eu', 'pg-payments-eu-3', {
    conn_url: 'postgres://[2001:db8:aaaa:bbbb:cccc:dddd:eeee:3]:5433/postgres',
    replication_state: 'streaming',
    xlog_location: 9_000_000_000,
    pending_restart: true,
    pending_restart_reason: { shared_preload_libraries: { old_value: 'pg_stat_statements', new_value: 'timescaledb' } },
  });
  const held = await payments.campaign();
  await payments.status.write({ optime: 9_000_000_000 }, { fence: held });
  const lone = await member('nightly', 'job-7', {});
  const { url } = await serve(t, `${at}?ttl=10&loop_wait=2&retry_timeout=2`, ['--write']);
  const page = await look(t, url, { viewport: { width: 1400, height: 900 }, colorScheme: 'light' });
  await n1.config.write({
    ttl: 20,
    loop_wait: 10,
    retry_timeout: 10,
    maximum_lag_on_failover: 1_048_576,
    pause: true,
    postgresql: { use_pg_rewind: true, parameters: { max_connections: 200, wal_level: 'replica' } },
  });
  const tomorrow = new Date(Date.now() + 86_400_000);
  await n1.failover.write({ leader: 'node1', candidate: 'node2', scheduledAt: tomorrow });
  await lone.store.commit({ guards: [], writes: [{ type: 'put', key: '/service/nightly/other', value: 'x' }] });
  await page.getByText('batman: is paused').waitFor();
  await page.getByText('Changes seen (1)').click();
  await page.evaluate('document.activeElement?.blur()');
  await page.evaluate('scrollTo({ top: 0, behavior: "instant" })');
  const both = async (name: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [width, height] of [
        [1400, 900],
        [900, 900],
        [360, 740],
      ] as const) {
        await page.setViewportSize({ width, height });
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`) });
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1400, height: 900 });
  };
  await both('top');
  for (const width of [1400, 900, 360]) {
    await page.setViewportSize({ width, height: 900 });
    await page.locator('article', { has: page.getByRole('heading', { name: 'payments-eu' }) }).screenshot({
      path: join(folder, `wide-${width}.png`),
    });
  }
  await page.setViewportSize({ width: 1400, height: 900 });
  await page.locator('button[data-cluster=batman][data-action=switchover]').click();
  await both('paused');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Take it back…' }).click();
  await both('flush');
  await n1.failover.write({ leader: 'node1', candidate: 'node3', scheduledAt: tomorrow });
  await page.getByRole('button', { name: 'Take it back', exact: true }).click();
  await page.getByText('Pending now: ').waitFor();
  await both('flush-refused');
  await page.keyboard.press('Escape');
  await page.locator('button[data-cluster=payments-eu]').first().click();
  await page.getByLabel('When').fill('2020-01-31T04:00:00');
  await page.getByRole('radio').last().check();
  await page.getByRole('button', { name: 'Schedule it' }).click();
  await page.getByText('Refused: ').waitFor();
  await both('switchover');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Edit configuration…' }).first().click();
  await page.getByLabel('In YAML').fill('ttl: 25\nloop_wait: 10\n');
  await page.getByRole('button', { name: 'Show the difference' }).click();
  await page.getByRole('button', { name: 'Write it' }).waitFor();
  await page.getByRole('region', { name: 'Difference', exact: true }).scrollIntoViewIfNeeded();
  await both('config');
  await page.keyboard.press('Escape');
  await node.freeze();
  await page.locator('#status[data-state=stale]').waitFor();
  await both('stale');
  await node.thaw();
});
