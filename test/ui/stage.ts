import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Dcs, Lease } from '@tenure/core';
import type { Locator, Page } from 'playwright-core';
import { open } from 'tenure';
import { type Cluster, cluster } from '../../packages/tenure/test/cluster.ts';
import { type Tenure, tenure, until } from '../../packages/tenure/test/tools.ts';
import { launch } from './chromium.ts';

/** A server of the page, and what it said when it was ready. */
export interface Served {
  readonly process: Tenure;
  readonly url: string;
}

/** `tenure ui` on a store, killed when the test ends. */
export async function serve(t: TestContext, store: string, args: readonly string[] = []): Promise<Served> {
  const process = tenure(t, ['ui', '--store', store, '--listen', '127.0.0.1:0', '--json', ...args]);
  const line = await until('the page', () => {
    if (process.process.exitCode !== null) throw new Error(process.stderr());
    return process.stdout().includes('\n') && process.stdout();
  });
  return { process, url: (JSON.parse(line) as { url: string }).url };
}

/** A browser's page that is open there and has been told the state; closed when the test ends. */
export async function look(
  t: TestContext,
  url: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Page> {
  const page = await blank(t, options);
  await page.goto(url);
  await page.locator('#status[data-state=live]').waitFor();
  return page;
}

type Browser = Awaited<ReturnType<typeof launch>>;

/** A page of a browser of its own, where every error of a script fails the test. */
export async function blank(t: TestContext, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  const browser = await launch();
  t.after(async () => await browser.close());
  const page = await browser.newPage(options);
  const errors: Error[] = [];
  page.on('pageerror', (error) => errors.push(error));
  t.after(() => {
    const [first] = errors;
    if (first !== undefined) throw first;
  });
  return page;
}

/** What Patroni would say of a member. */
export function patroni(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    conn_url: `postgres://${name}.example:5432/postgres`,
    api_url: `http://${name}.example:8008/patroni`,
    state: 'running',
    role: 'replica',
    version: '4.0.7',
    timeline: 3,
    ...more,
  };
}

export interface Played extends Cluster {
  readonly leader: Dcs;
  readonly lease: Lease;
}

/** A cluster `s` of three Patronis: n1 leads, n2 follows closely, n3 is tagged nofailover. */
export async function played(t: TestContext): Promise<Played> {
  const at = await cluster(t);
  const [leader, second, third] = [await at.member('n1'), await at.member('n2'), await at.member('n3')];
  await leader.announce(patroni('n1', { role: 'primary', xlog_location: 5_000_000 }));
  await second.announce(patroni('n2', { replication_state: 'streaming', xlog_location: 4_998_000 }));
  await third.announce(patroni('n3', { xlog_location: 1_000_000, tags: { nofailover: true } }));
  const lease = await leader.campaign();
  await leader.status.write({ optime: 5_000_000 }, { fence: lease });
  await at.put('config', '{"ttl":30,"loop_wait":10,"postgresql":{"parameters":{"max_connections":100}}}');
  return { ...at, leader, lease };
}

/** A member of another scope of the same store. */
export async function elsewhere(t: TestContext, { url }: Cluster, scope: string, group?: number): Promise<Dcs> {
  const name = `${scope}-1`;
  const dcs = await open(`${url}?scope=${scope}&name=${name}${group === undefined ? '' : `&group=${group}`}`);
  t.after(async () => await dcs.close());
  await dcs.announce(patroni(name, { role: 'primary' }));
  return dcs;
}

/** What an element says, once it is there. */
export async function textOf(element: Locator): Promise<string> {
  return (await element.textContent()) ?? '';
}

/** The keyboard's way to a control: as often as it takes, and no further than once around. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let steps = 0; steps < 60; steps += 1) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    if ((await focused.count()) === 1 && (await textOf(focused)).trim() === name) return;
  }
  assert.fail(`Tab does not get to ${name}`);
}
