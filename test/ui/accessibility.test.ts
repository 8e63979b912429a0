import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { until } from '../../packages/tenure/test/tools.ts';
import { blank, elsewhere, look, patroni, played, serve, textOf } from './stage.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The parts of names and words in the tables and among the facts that are shown over more than one line. */
const BROKEN = `(() => {
  const broken = [];
  const texts = document.createTreeWalker(document.getElementById('clusters'), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (text.parentElement.closest('td, th, dd') === null) continue;
    for (const { 0: part, index } of text.data.matchAll(/[^\\s-]+-?/g)) {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + part.length);
      if (range.getClientRects().length > 1) broken.push(part);
    }
  }
  return broken;
})()`;

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe finds against WCAG 2.2 AA and its own good practice. Run from outside, as the page's policy lets no script in. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = (await page.evaluate(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((result) => result.violations)",
  )) as Violation[];
  return found.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
  );
}

test('axe finds nothing in whatever the page shows, light and dark, wide and narrow', async (t) => {
  const at = await played(t);
  await (await at.member('n4')).announce(patroni('n4', { xlog_location: 2_000_000 }));
  await (await elsewhere(t, at, 'lone')).config.write({ ttl: 30 });
  await at.put('failover', '{"leader":"n1","member":"n2","scheduled_at":"2099-01-31T03:00:00+00:00"}');
  await at.put('history', '[[1,100,"no recovery target","2026-01-01T00:00:00+00:00","n1"]]');
  await at.put('strange', 'x');
  const { url, process } = await serve(t, at.url, ['--write']);
  const page = await look(t, url, { viewport: { width: 1400, height: 900 } });
  const check = async (what: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1400, 900, 360]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        assert.deepEqual(await violations(page), [], `${what}, ${colorScheme}, ${width}`);
        assert.equal(
          await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
          true,
          `${what}, ${width}`,
        );
      }
    }
  };
  await page.getByRole('button', { name: 'Switch over…' }).last().click();
  await page.getByRole('radio', { name: 'n4' }).waitFor();
  await check('a switchover that may be scheduled');
  await page.keyboard.press('Escape');
  await at.put('config', '{"ttl":19}');
  await page.getByText('Changes seen (1)').waitFor();
  await at.put('config', '{"ttl":20,"pause":true}');
  await page.getByText('Changes seen (2)').click();
  await page.getByText('History of timelines (1)').click();
  await check('the page');
  for (const name of ['Switch over…', 'Resume…', 'Take it back…', 'Edit configuration…']) {
    await page.getByRole('button', { name }).last().click();
    await page.getByRole('dialog').waitFor();
    if (name.startsWith('Edit')) {
      await page.getByLabel('In YAML').fill('ttl: 25');
      await page.getByRole('button', { name: 'Show the difference' }).click();
      await page.getByRole('button', { name: 'Write it' }).waitFor();
      await at.put('config', '{"ttl":21,"pause":true}');
      await page.getByRole('button', { name: 'Write it' }).click();
      await page.getByText('Both of you changed').waitFor();
    }
    if (name.startsWith('Take')) {
      await at.put('failover', '{"leader":"n1","member":"n4","scheduled_at":"2099-01-31T03:00:00+00:00"}');
      await page.getByRole('button', { name: 'Take it back', exact: true }).click();
      await page.getByText('Pending now: ').waitFor();
    }
    await check(name);
    await page.keyboard.press('Escape');
  }
  process.process.kill('SIGKILL');
  await page.locator('#status[data-state=lost]').waitFor();
  await check('a lost server');
});

test('names and addresses break between their parts only, and what has no parts scrolls, by keyboard too', async (t) => {
  const at = await played(t);
  const name = 'pg-payments-eu-2';
  const host = `${name}.db.internal.example.com`;
  const long = await at.member(name);
  await at.put('initialize', '7412345678901234567');
  const tags = { availability_zone: 'eu-central-1b', failover_priority: 2 };
  await long.announce(patroni(name, { conn_url: `postgres://${host}:5433/postgres`, tags }));
  const { url } = await serve(t, at.url);
  const page = await look(t, url, { viewport: { width: 1400, height: 900 } });
  await page.getByRole('row', { name: new RegExp(`^${name}`) }).waitFor();
  const box = page.getByRole('group', { name: 'Members' });
  for (const width of [1400, 900, 360]) {
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual(await page.evaluate(BROKEN), [], String(width));
    assert.equal(await box.getAttribute('tabindex'), null, String(width));
  }
  await page.setViewportSize({ width: 1400, height: 900 });
  await long.announce(patroni(name, { tags: { whole: 'x'.repeat(150) } }));
  await page.locator('.scroll[tabindex="0"]').waitFor();
  assert.deepEqual(await violations(page), []);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
  await box.focus();
  await page.keyboard.press('ArrowRight');
  await until(
    'it has scrolled',
    async () => (await box.evaluate((element) => (element as unknown as { scrollLeft: number }).scrollLeft)) > 0,
  );
  await long.announce(patroni(name));
  await page.locator('.scroll[tabindex="0"]').waitFor({ state: 'detached' });
});

test('on a narrow screen the list of clusters is shown to its end, without a scroll of its own', async (t) => {
  const at = await played(t);
  for (const scope of ['a', 'b', 'c', 'd', 'e', 'f']) await (await elsewhere(t, at, scope)).config.write({ ttl: 30 });
  const { url } = await serve(t, at.url);
  const page = await look(t, url, { viewport: { width: 360, height: 740 } });
  await page.getByRole('navigation').getByRole('listitem').nth(6).waitFor();
  const isWhole = `(({ scrollHeight, clientHeight }) => scrollHeight <= clientHeight)(document.getElementById('cluster-list'))`;
  assert.equal(await page.evaluate(isWhole), true);
});

test('axe finds nothing on the way in', async (t) => {
  const at = await played(t);
  const file = join(at.folder, 'token');
  writeFileSync(file, 'a-token-that-nobody-guesses');
  const { url } = await serve(t, at.url, ['--token-file', file]);
  const page = await blank(t);
  await page.goto(url);
  await page.getByLabel('Token').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('that is not the token').waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await violations(page), [], colorScheme);
  }
});

test('landmarks, one first heading, a way past them, a focus that is seen, and stillness for who wants it', async (t) => {
  const at = await played(t);
  const { url } = await serve(t, at.url, ['--write']);
  const page = await look(t, url);
  for (const role of ['banner', 'navigation', 'main', 'complementary'] as const) {
    assert.equal(await page.getByRole(role).count(), 1, role);
  }
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
  await page.keyboard.press('Tab');
  const skipLink = page.locator(':focus');
  assert.equal(await textOf(skipLink), 'Skip to the clusters');
  assert.ok(((await skipLink.boundingBox())?.y ?? -1) >= 0);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const button = page.locator(':focus');
  assert.equal(await textOf(button), 'Switch over…');
  const outline = await page.evaluate('getComputedStyle(document.activeElement).outline');
  assert.match(String(outline), /solid 3px/);
  assert.equal(await page.locator('#log').getAttribute('aria-live'), 'polite');
  const scrolling = 'getComputedStyle(document.documentElement).scrollBehavior';
  assert.equal(await page.evaluate(scrolling), 'smooth');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  assert.equal(await page.evaluate(scrolling), 'auto');
});
