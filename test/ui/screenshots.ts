import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
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
  await n1.failover.write({ leader: 'node1', candidate: 'node2', scheduledAt: new Date('2026-12-31T03:00:00Z') });
  await lone.store.commit({ guards: [], writes: [{ type: 'put', key: '/service/nightly/other', value: 'x' }] });
  await page.getByText('batman: is paused').waitFor();
  await page.getByText('Changes seen (1)').click();
  await page.evaluate('document.activeElement?.blur()');
  const narrow = { width: 380, height: 800 };
  const wide = { width: 1400, height: 900 };
  await shot(page, 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shot(page, 'dark', false);
  await page.setViewportSize(narrow);
  await shot(page, 'narrow-dark', false);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.evaluate('document.querySelector("h3").scrollIntoView({ behavior: "instant" })');
  await shot(page, 'narrow', false);
  await page.getByRole('button', { name: 'Switch over…' }).first().click();
  await shot(page, 'narrow-switchover', false);
  await page.keyboard.press('Escape');
  await page.setViewportSize(wide);
  await page.getByRole('button', { name: 'Switch over…' }).first().click();
  await shot(page, 'switchover', false);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Edit configuration…' }).first().click();
  await page.getByLabel('In YAML').fill('ttl: 25\nloop_wait: 10\n');
  await page.getByRole('button', { name: 'Show the difference' }).click();
  await page.getByRole('button', { name: 'Write it' }).waitFor();
  await page.getByRole('region', { name: 'Difference', exact: true }).scrollIntoViewIfNeeded();
  await shot(page, 'config', false);
  await page.keyboard.press('Escape');
  await node.freeze();
  await page.locator('#status[data-state=stale]').waitFor();
  await shot(page, 'stale', false);
  await page.emulateMedia({ colorScheme: 'dark' });
  await shot(page, 'stale-dark', false);
  await node.thaw();
});

async function shot(page: Page, name: string, fullPage = true): Promise<void> {
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}
