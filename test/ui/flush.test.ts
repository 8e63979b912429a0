import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { until } from '../../packages/tenure/test/tools.ts';
import { look, played, serve, tabTo, textOf } from './stage.ts';

const PENDING = '{"leader":"n1","member":"n2"}';
const BERLIN = { timezoneId: 'Europe/Berlin', locale: 'en-GB' };

function pendingOf(page: Page) {
  return page.locator('.notice', { hasText: 'Pending.' });
}

/** The page of a cluster in which something is pending, and the dialog that it may open. */
async function asked(t: TestContext, request: string) {
  const at = await played(t);
  await at.put('failover', request);
  const { url } = await serve(t, at.url, ['--write']);
  const page = await look(t, url);
  return { at, page, dialog: page.getByRole('dialog') };
}

/** A request for that many milliseconds from now. */
function requestIn(milliseconds: number): string {
  return JSON.stringify({
    leader: 'n1',
    member: 'n2',
    scheduled_at: new Date(Date.now() + milliseconds).toISOString(),
  });
}

test('what is scheduled is told in the time of the reader, with how long it is until then, which goes on by itself', async (t) => {
  const at = await played(t);
  const { url } = await serve(t, at.url);
  const page = await look(t, url, BERLIN);
  const pending = pendingOf(page);
  const log = page.getByRole('list', { name: 'What happened' });
  await at.put('failover', '{"leader":"n1","member":"n2","scheduled_at":"2099-01-31T03:00:00+00:00"}');
  await pending.waitFor();
  assert.match(await textOf(pending), /^Pending\. switchover from n1 to n2 at 31 Jan 2099, 04:00:00 \(in \d{4,5} d\)$/);
  assert.equal(await pending.locator('time').getAttribute('datetime'), '2099-01-31T03:00:00+00:00');
  await log.getByText('s: asked for: switchover from n1 to n2 at 31 Jan 2099, 04:00:00').waitFor();
  await at.put('failover', '{"leader":"n1","member":"n2","scheduled_at":"2099-07-31T03:00:00+00:00"}');
  await log.getByText('s: asked for: switchover from n1 to n2 at 31 Jul 2099, 05:00:00').waitFor();
  const secondsOf = async (form: RegExp) => {
    const [, seconds] = form.exec(await textOf(pending)) ?? [];
    return seconds === undefined ? undefined : Number(seconds);
  };
  const left = async () => await secondsOf(/\(in (\d+) s\)$/);
  await at.put('failover', requestIn(110_000));
  const first = await until('seconds', left);
  await until('fewer', async () => ((await left()) ?? first) < first);
  const late = async () => await secondsOf(/\(due (\d+) s ago\)$/);
  await at.put('failover', requestIn(-1000));
  const least = await until('that it is due', late);
  await until('more', async () => ((await late()) ?? least) > least);
  assert.equal(await page.getByRole('button').count(), 0);
});

test('taken back by keyboard alone: what is pending, the question, the focus afterwards', async (t) => {
  const at = await played(t);
  const scheduled = '{"leader":"n1","member":"n2","scheduled_at":"2099-01-31T03:00:00+00:00"}';
  await at.put('failover', scheduled);
  const { url } = await serve(t, at.url, ['--write']);
  const page = await look(t, url, BERLIN);
  await tabTo(page, 'Take it back…');
  const button = page.locator(':focus');
  const described = page.locator(`[id="${await button.getAttribute('aria-describedby')}"]`);
  assert.match(await textOf(described), /^Pending\. switchover from n1 to n2 at 31 Jan 2099, 04:00:00 /);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Take back what is pending in s' });
  await dialog.getByText(/^Pending: switchover from n1 to n2 at 31 Jan 2099, 04:00:00 \(in \d+ d\)\.$/).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await at.raw('failover'), scheduled);
  assert.equal(await textOf(page.locator(':focus')), 'Take it back…');
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  assert.equal(await textOf(page.locator(':focus')), 'Take it back');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await at.raw('failover'), '{}');
  await pendingOf(page).waitFor({ state: 'detached' });
  const log = page.getByRole('list', { name: 'What happened' });
  await log.getByText('s: taken back: switchover from n1 to n2 at 31 Jan 2099, 04:00:00').waitFor();
  await log.getByText('s: nothing is asked for any more').waitFor();
  assert.equal(await page.locator(':focus').getAttribute('id'), 'cluster-s');
});

test('only what was shown is taken back; what stands instead is told, and may be too', async (t) => {
  const { at, page, dialog } = await asked(t, PENDING);
  const alert = dialog.getByRole('alert');
  await page.getByRole('button', { name: 'Take it back…' }).click();
  await at.put('failover', '{"member":"n3"}');
  await dialog.getByRole('button', { name: 'Take it back' }).click();
  await alert.getByText('Refused: somebody else asked for something meanwhile; nothing was written').waitFor();
  await alert.getByText('Pending now: failover to n3.').waitFor();
  assert.equal(await dialog.getByText('Pending: ').count(), 0);
  assert.equal(await at.raw('failover'), '{"member":"n3"}');
  await dialog.getByRole('button', { name: 'Take this back' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await at.raw('failover'), '{}');
});

test('what is gone already cannot be taken back, and the focus stays with the cluster', async (t) => {
  const { at, page, dialog } = await asked(t, PENDING);
  await page.getByRole('button', { name: 'Take it back…' }).click();
  await at.put('failover', '{}');
  await pendingOf(page).waitFor({ state: 'detached' });
  await dialog.getByRole('button', { name: 'Take it back' }).click();
  const refusal = 'Refused: it was carried out or taken back meanwhile; nothing was written';
  await dialog.getByRole('alert').getByText(refusal).waitFor();
  assert.deepEqual(await dialog.getByRole('button').allTextContents(), ['Close']);
  assert.equal(await textOf(page.locator(':focus')), 'Close');
  await page.keyboard.press('Enter');
  const focused = async () => await page.locator(':focus').getAttribute('id');
  await until('the focus on the cluster', async () => (await focused()) === 'cluster-s');
  await at.put('failover', PENDING);
  await page.getByRole('button', { name: 'Take it back…' }).focus();
  // A notice before it comes, and it keeps the focus; it goes, and the cluster has it.
  await at.put('config', '{"pause":true}');
  await page.locator('.notice', { hasText: 'Paused.' }).waitFor();
  assert.equal(await textOf(page.locator(':focus')), 'Take it back…');
  await at.put('failover', '{}');
  await until('the focus on the cluster', async () => (await focused()) === 'cluster-s');
});

test('what cannot be read is pending too, and can be taken back', async (t) => {
  const { at, page, dialog } = await asked(t, '{"leader":"n1","scheduled_at":"tomorrow"}');
  assert.match(await textOf(pendingOf(page)), /^Pending\. a request that cannot be read/);
  await page.getByText('failover.scheduled_at is not a time with an offset').waitFor();
  await page.getByRole('button', { name: 'Take it back…' }).click();
  await dialog.getByRole('button', { name: 'Take it back' }).click();
  await pendingOf(page).waitFor({ state: 'detached' });
  assert.equal(await at.raw('failover'), '{}');
});
