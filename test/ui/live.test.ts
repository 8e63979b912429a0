import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { open } from 'tenure';
import { until } from '../../packages/tenure/test/tools.ts';
import { startEtcd } from '../servers/index.ts';
import { blank, elsewhere, look, patroni, played, serve, textOf } from './stage.ts';

test('a page shows every cluster of the namespace and what changes in it, without a reload', async (t) => {
  const at = await played(t);
  const { url } = await serve(t, at.url);
  const page = await look(t, url);
  await page.evaluate(() => Object.assign(globalThis, { loadedOnce: true }));
  const own = page.locator('article', { has: page.getByRole('heading', { name: 's', exact: true }) });
  assert.equal(await own.getByRole('row', { name: /^n1 n1\.example Leader running 3/ }).count(), 1);
  assert.match(await textOf(own.getByRole('row', { name: /^n2/ })), /Replica.*streaming.*2\.0 kB/s);
  assert.match(await textOf(own.getByRole('row', { name: /^n3/ })), /nofailover/);
  assert.equal(await textOf(own.locator('dt:text-is("Token") + dd')), '1');
  await elsewhere(t, at, 'other');
  await page.getByRole('heading', { name: 'other' }).waitFor();
  await at.put('config', '{"ttl":20}');
  await own.getByText('ttl: 20', { exact: true }).first().waitFor();
  await own.getByText('Changes seen (1)').click();
  assert.match(await textOf(own.locator('.changes .diff')), /-ttl: 30\n\+ttl: 20/);
  const next = await at.member('n2');
  await at.lease.release();
  await own.getByText('No leader.').waitFor();
  await next.campaign();
  await own.getByRole('row', { name: /^n2 n2\.example Leader/ }).waitFor();
  assert.equal(await textOf(own.locator('dt:text-is("Token") + dd')), '2');
  const terms = own.getByRole('table', { name: 'Leaders seen since this server started' });
  assert.deepEqual(await terms.locator('tbody th').allTextContents(), ['n2', 'nobody', 'n1']);
  const log = page.getByRole('list', { name: 'What happened' });
  for (const said of ['other: has appeared', 's: n1 no longer leads, and nobody does', 's: n2 leads now, token 2']) {
    await log.getByText(said).waitFor();
  }
  // What was opened stays open, and the page is the one that was loaded.
  assert.equal(await own.locator('.changes').getAttribute('open'), '');
  assert.equal(await page.evaluate(() => 'loadedOnce' in globalThis), true);
});

test('focus and a half-written text stay where they are when the cluster changes', async (t) => {
  const at = await played(t);
  const { url } = await serve(t, at.url, ['--write']);
  const page = await look(t, url);
  const button = page.getByRole('button', { name: 'Switch over…' });
  await button.focus();
  await at.put('config', '{"ttl":21}');
  await at.member('n0').then(async (n0) => await n0.announce(patroni('n0')));
  await elsewhere(t, at, 'before');
  await page.getByRole('heading', { name: 'before' }).waitFor();
  await page.getByRole('row', { name: /^n0/ }).waitFor();
  const focused = page.locator(':focus');
  assert.equal(await textOf(focused), 'Switch over…');
  assert.equal(await focused.getAttribute('data-cluster'), 's');
});

test('a store that stops is told with the age of what is shown, and so is its return', async (t) => {
  await using etcd = await startEtcd({ version: '3.5', fast: true });
  const [node] = etcd.nodes;
  assert.ok(node);
  const store = `${etcd.url}/s?ttl=5&loop_wait=1&retry_timeout=1`;
  // Its key outlives the whole test without being renewed.
  await using dcs = await open(`${etcd.url}/s?ttl=120&name=n1`);
  await dcs.announce(patroni('n1'));
  const { url } = await serve(t, store);
  const page = await look(t, url);
  const status = page.getByRole('status');
  assert.match(await textOf(status), /^Live\. etcd confirmed what is shown within the last 1 s\.$/);
  await node.freeze();
  await page.locator('#status[data-state=stale]').waitFor();
  assert.match(await textOf(status), /^Stale\. etcd does not confirm what is shown/);
  await until(
    'the age',
    async () => Number(/so (\d+) s ago/.exec(await textOf(page.locator('#status-age')))?.[1]) >= 3,
  );
  assert.equal(await page.getByRole('row', { name: /^n1 n1\.example Replica running/ }).count(), 1);
  await node.thaw();
  await page.locator('#status[data-state=live]').waitFor();
  assert.equal(await textOf(page.locator('#status-age')), '');
});

test('a server that goes away is told, and found again when it is back', async (t) => {
  const at = await played(t);
  const first = await serve(t, at.url);
  const page = await look(t, first.url);
  await stop(first.process.process);
  await page.locator('#status[data-state=lost]').waitFor();
  assert.match(await textOf(page.getByRole('status')), /^Not connected\. .* cannot be reached since .*; trying again/);
  await at.put('config', '{"ttl":22}');
  const address = new URL(first.url).host;
  await serve(t, at.url, ['--listen', address]);
  await page.locator('#status[data-state=live]').waitFor();
  await page.getByText('ttl: 22', { exact: true }).first().waitFor();
  await page.getByText('s: the configuration has changed').waitFor();
});

test('a server that is silent counts as lost', async (t: TestContext) => {
  const at = await played(t);
  const { url, process } = await serve(t, at.url);
  const page = await look(t, url);
  process.process.kill('SIGSTOP');
  await page.locator('#status[data-state=lost]').waitFor({ timeout: 40_000 });
  process.process.kill('SIGCONT');
  await page.locator('#status[data-state=live]').waitFor();
});

test('a namespace of nothing says so, and Citus groups are clusters of their own', async (t) => {
  const at = await played(t);
  const empty = await serve(t, at.url, ['--namespace', 'nobody']);
  const page = await blank(t);
  await page.goto(empty.url);
  await page.getByText('There is no cluster in this namespace yet.').waitFor();
  await (await elsewhere(t, at, 'citus', 0)).campaign();
  await (await elsewhere(t, at, 'citus', 3)).campaign();
  const { url } = await serve(t, at.url);
  await page.goto(url);
  await page.getByRole('heading', { name: 'citus, group 0 (coordinator)' }).waitFor();
  const worker = page.getByRole('article', { name: 'citus, group 3' });
  assert.equal(await textOf(worker.locator('dt:text-is("Leader") + dd')), 'citus-1');
  assert.deepEqual(await page.locator('#cluster-list a').allTextContents(), [
    'citus, group 0 (coordinator)',
    'citus, group 3',
    's',
  ]);
});

async function stop(process: import('node:child_process').ChildProcess): Promise<void> {
  process.kill('SIGTERM');
  await until('its end', () => process.exitCode !== null);
}
