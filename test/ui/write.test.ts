import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Cluster } from '../../packages/tenure/test/cluster.ts';
import { until } from '../../packages/tenure/test/tools.ts';
import { blank, look, patroni, played, serve, tabTo, textOf } from './stage.ts';

const TOKEN = 'a-token-that-nobody-guesses';

test('a switchover by keyboard alone: candidates, the reasons against the others, the request, the focus back', async (t) => {
  const at = await played(t);
  const { url } = await serve(t, at.url, ['--write']);
  const page = await look(t, url);
  await tabTo(page, 'Switch over…');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Switch s over from n1' });
  await dialog.waitFor();
  assert.deepEqual(
    await dialog.getByRole('radio').evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value)),
    ['', 'n2'],
  );
  assert.deepEqual(await dialog.getByRole('listitem').allTextContents(), [
    'n1 is the leader',
    'n3 is tagged nofailover, is 3.8 MB behind, over maximum_lag_on_failover (1.0 MB)',
  ]);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await textOf(page.locator(':focus')), 'Switch over…');
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  assert.equal(await page.locator(':focus').getAttribute('type'), 'radio');
  await page.keyboard.press('ArrowDown');
  await tabTo(page, 'Switch over');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await at.raw('failover'), '{"leader":"n1","member":"n2"}');
  await page.locator('.notice', { hasText: 'Pending. switchover from n1 to n2' }).waitFor();
  await page
    .getByRole('list', { name: 'What happened' })
    .getByText('s: asked for: switchover from n1 to n2')
    .first()
    .waitFor();
  assert.equal(await textOf(page.locator(':focus')), 'Switch over…');
});

test('a switchover is refused when somebody else asked, or leads, meanwhile', async (t) => {
  const at = await played(t);
  const { url } = await serve(t, at.url, ['--write']);
  const page = await look(t, url);
  await page.getByRole('button', { name: 'Switch over…' }).click();
  const dialog = page.getByRole('dialog');
  await at.put('failover', '{"leader":"n1","member":"n3"}');
  await dialog.getByRole('button', { name: 'Switch over' }).click();
  const alert = dialog.getByRole('alert');
  await alert.getByText('Refused: somebody else asked for something meanwhile; nothing was written').waitFor();
  await alert.getByText('Pending now: switchover from n1 to n3.').waitFor();
  assert.equal(await at.raw('failover'), '{"leader":"n1","member":"n3"}');
  const next = await at.member('n2');
  await at.lease.release();
  await next.campaign();
  await dialog.getByRole('button', { name: 'Switch over' }).click();
  await alert.getByText('n1 is not the leader of s; that is n2').waitFor();
  assert.equal(await at.raw('failover'), '{"leader":"n1","member":"n3"}');
});

test('a scheduled switchover is written with its offset', async (t) => {
  const at = await played(t);
  const { url } = await serve(t, at.url, ['--write']);
  const page = await look(t, url, { timezoneId: 'Europe/Berlin' });
  await page.getByRole('button', { name: 'Switch over…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'n2' }).check();
  await dialog.getByLabel('When', { exact: true }).fill('2099-01-31T04:00:00');
  await dialog.getByText('In your time zone, Europe/Berlin. Now, when it is empty.').waitFor();
  await dialog.getByRole('button', { name: 'Schedule it' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await at.raw('failover'), '{"leader":"n1","member":"n2","scheduled_at":"2099-01-31T03:00:00+00:00"}');
});

test('a member that is behind may be named for later, and for now only the others', async (t) => {
  const at = await played(t);
  await (await at.member('n4')).announce(patroni('n4', { xlog_location: 2_000_000 }));
  const { url } = await serve(t, at.url, ['--write']);
  const page = await look(t, url, { timezoneId: 'UTC' });
  await page.getByRole('row', { name: /^n4/ }).waitFor();
  await page.getByRole('button', { name: 'Switch over…' }).click();
  const dialog = page.getByRole('dialog');
  const behind = dialog.getByRole('radio', { name: 'n4', exact: true });
  const when = dialog.getByLabel('When', { exact: true });
  assert.equal(await behind.isDisabled(), true);
  const reason = 'Later only: is 2.9 MB behind, over maximum_lag_on_failover (1.0 MB)';
  const described = dialog.locator(`[id="${await behind.getAttribute('aria-describedby')}"]`);
  assert.equal(await textOf(described), reason);
  assert.deepEqual(await dialog.getByRole('listitem').locator('strong').allTextContents(), ['n1', 'n3']);
  await when.fill('2099-01-31T04:00:00');
  await behind.check();
  await when.fill('');
  assert.equal(await behind.isDisabled(), true);
  assert.equal(await dialog.getByRole('radio', { name: 'the healthiest' }).isChecked(), true);
  await when.fill('2099-01-31T04:00:00');
  await behind.check();
  await dialog.getByRole('button', { name: 'Schedule it' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await at.raw('failover'), '{"leader":"n1","member":"n4","scheduled_at":"2099-01-31T04:00:00+00:00"}');
});

test('a refusal speaks of what is on the page, and of no option of a command', async (t) => {
  const at = await played(t);
  const { url } = await serve(t, at.url, ['--write']);
  const page = await look(t, url);
  const dialog = page.getByRole('dialog');
  const refusal = async (button: string) => {
    await dialog.getByRole('button', { name: button, exact: true }).click();
    const alert = dialog.getByRole('alert');
    await alert.getByText('Refused: ').waitFor();
    return await textOf(alert);
  };
  await page.getByRole('button', { name: 'Switch over…' }).click();
  await dialog.getByLabel('When', { exact: true }).fill('2020-01-31T04:00:00');
  assert.equal(await refusal('Schedule it'), 'Refused: the time under “When” is in the past');
  await dialog.getByLabel('When', { exact: true }).fill('');
  const config = await at.raw('config');
  await at.put('config', '{"pause":true}');
  const unnamed = 'Refused: s is paused: only a candidate that is named under “Who shall lead then” can take over';
  await until('the words of a paused cluster', async () => (await refusal('Switch over')) === unnamed);
  await page.keyboard.press('Escape');
  await page.locator('.notice', { hasText: 'Paused.' }).waitFor();
  await page.getByRole('button', { name: 'Switch over…' }).click();
  assert.deepEqual(
    await dialog.getByRole('radio').evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value)),
    ['n2'],
  );
  assert.equal(await dialog.getByLabel('When', { exact: true }).count(), 0);
  await at.lease.release();
  await until('nobody leads', async () => (await refusal('Switch over')).includes('no leader'));
  assert.equal(await textOf(dialog.getByRole('alert')), 'Refused: s has no leader to take over from');
  await page.keyboard.press('Escape');
  await at.put('config', config ?? '');
  await page.getByRole('button', { name: 'Pause…' }).click();
  await at.put('config', '[');
  assert.match(await refusal('Pause'), /; what cannot be read cannot be changed here$/);
});

test('the configuration: a mistake is told with its place, the difference is shown, and only what was shown is written', async (t) => {
  const at = await played(t);
  const before = await at.raw('config');
  const { url } = await serve(t, at.url, ['--write']);
  const page = await look(t, url);
  await page.getByRole('button', { name: 'Edit configuration…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Configuration of s' });
  const text = dialog.getByLabel('In YAML');
  const whole = await text.inputValue();
  await text.fill('ttl: [');
  await dialog.getByRole('button', { name: 'Show the difference' }).click();
  await dialog
    .getByRole('alert')
    .getByText(/the configuration, line 1, column \d+: /)
    .waitFor();
  await text.fill(whole);
  await dialog.getByRole('button', { name: 'Show the difference' }).click();
  await dialog.getByText('Nothing would change.').waitFor();
  await text.fill(whole.replace('ttl: 30', 'ttl: 5'));
  await dialog.getByRole('button', { name: 'Show the difference' }).click();
  await dialog.getByText('ttl: it must be 20 s or more, got 5; Patroni takes 20 s').waitFor();
  await text.fill(whole.replace('ttl: 30', 'ttl: 20'));
  await dialog.getByRole('button', { name: 'Show the difference' }).click();
  await dialog.getByRole('button', { name: 'Write it' }).waitFor();
  assert.match(await textOf(dialog.getByRole('region', { name: 'Difference', exact: true })), /-ttl: 30\n\+ttl: 20/);
  assert.equal(await at.raw('config'), before);
  // What is typed after the difference was shown has to be shown too.
  await text.fill(whole.replace('ttl: 30', 'ttl: 25'));
  await dialog.getByRole('button', { name: 'Show the difference' }).click();
  await dialog.getByRole('button', { name: 'Write it' }).click();
  await dialog.waitFor({ state: 'detached' });
  const stored = JSON.parse((await at.raw('config')) ?? '') as Record<string, unknown>;
  assert.deepEqual(stored, { ttl: 25, loop_wait: 10, postgresql: { parameters: { max_connections: 100 } } });
});

test('the configuration: what came between is shown; other fields are merged, the same field is told', async (t) => {
  const at = await played(t);
  await at.put('config', '{"ttl":30,"loop_wait":10}');
  const { url } = await serve(t, at.url, ['--write']);
  const page = await look(t, url);
  const dialog = page.getByRole('dialog');
  const text = dialog.getByLabel('In YAML');
  const change = async (from: string, to: string) => await text.fill((await text.inputValue()).replace(from, to));
  await page.getByRole('button', { name: 'Edit configuration…' }).click();
  await change('ttl: 30', 'ttl: 20');
  await dialog.getByRole('button', { name: 'Show the difference' }).click();
  await dialog.getByRole('button', { name: 'Write it' }).waitFor();
  await at.put('config', '{"ttl":30,"loop_wait":5}');
  await dialog.getByRole('button', { name: 'Write it' }).click();
  const alert = dialog.getByRole('alert');
  await alert.getByText('somebody else changed the configuration meanwhile; nothing was written').waitFor();
  assert.match(await textOf(alert.locator('.diff')), /-loop_wait: 10\n\+loop_wait: 5/);
  assert.equal(await text.inputValue(), 'loop_wait: 5\nttl: 20\n');
  assert.equal(await at.raw('config'), '{"ttl":30,"loop_wait":5}');
  await dialog.getByRole('button', { name: 'Show the difference' }).click();
  await dialog.getByRole('button', { name: 'Write it' }).waitFor();
  await at.put('config', '{"ttl":31,"loop_wait":5}');
  await dialog.getByRole('button', { name: 'Write it' }).click();
  await alert
    .getByText('Both of you changed ttl. Your text is kept; the difference will show what it undoes.')
    .waitFor();
  await dialog.getByRole('button', { name: 'Show the difference' }).click();
  assert.match(await textOf(dialog.locator('.difference .diff')), /-ttl: 31\n\+ttl: 20/);
  await dialog.getByRole('button', { name: 'Write it' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(JSON.parse((await at.raw('config')) ?? ''), { ttl: 20, loop_wait: 5 });
});

test('pause and resume, and a change that came between is shown before it is paused all the same', async (t) => {
  const at = await played(t);
  await at.put('config', '{"ttl":30}');
  const { url } = await serve(t, at.url, ['--write']);
  const page = await look(t, url);
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Pause…' }).click();
  await at.put('config', '{"ttl":40}');
  await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
  assert.match(await textOf(dialog.getByRole('alert').locator('.diff')), /-ttl: 30\n\+ttl: 40/);
  assert.equal(await at.raw('config'), '{"ttl":40}');
  await dialog.getByRole('button', { name: 'Pause all the same' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await at.raw('config'), '{"ttl":40,"pause":true}');
  await page.locator('.notice', { hasText: 'Paused.' }).waitFor();
  await page.getByRole('button', { name: 'Resume…' }).click();
  await dialog.getByRole('button', { name: 'Resume', exact: true }).click();
  await page.getByRole('button', { name: 'Pause…' }).waitFor();
  assert.equal(await at.raw('config'), '{"ttl":40}');
});

test('without --write there is nothing to press', async (t) => {
  const at = await played(t);
  const { url } = await serve(t, at.url);
  const page = await look(t, url);
  await page.getByRole('heading', { name: 's', exact: true }).waitFor();
  assert.equal(await page.getByRole('button').count(), 0);
  assert.match(await textOf(page.getByRole('heading', { level: 1 })), /read-only/);
});

test('a browser shows the token once, and is sent away when it signed out or the server forgot', async (t) => {
  const at = await played(t);
  const file = join(at.folder, 'token');
  writeFileSync(file, TOKEN);
  const first = await serve(t, at.url, ['--token-file', file]);
  const page = await blank(t);
  const signIn = async (token: string) => {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  await page.goto(first.url);
  await signIn('wrong');
  await page.getByRole('alert').getByText('that is not the token').waitFor();
  await signIn(TOKEN);
  await page.getByRole('row', { name: /^n1 n1\.example Leader/ }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Token').waitFor();
  await page.goto(first.url);
  await signIn(TOKEN);
  await page.getByRole('row', { name: /^n1 n1\.example Leader/ }).waitFor();
  const { process } = first.process;
  process.kill('SIGTERM');
  await until('its end', () => process.exitCode !== null);
  await serve(t, at.url, ['--token-file', file, '--listen', new URL(first.url).host]);
  await page.getByLabel('Token').waitFor();
});

test('a page of another origin can neither read nor write', async (t) => {
  const at = await played(t);
  const { url } = await serve(t, at.url, ['--write']);
  const foreign = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>Foreign'));
  t.after(() => foreign.close());
  await once(foreign.listen(0, '127.0.0.1'), 'listening');
  const page = await blank(t);
  await page.goto(`http://localhost:${(foreign.address() as AddressInfo).port}/`);
  const { version, text } = { version: await versionOf(at), text: 'ttl: 30' };
  const body = JSON.stringify({ scope: 's', group: null, paused: true, seen: { version, text } });
  const before = await at.raw('config');
  const tried = await page.evaluate(
    async ([target, sent]) => {
      const attempt = async (path: string, init: object) =>
        await fetch(new URL(path, target), init).then(
          (response) => response.type,
          () => 'refused',
        );
      const json = { 'content-type': 'application/json' };
      return {
        read: await attempt('/main.js', {}),
        plain: await attempt('/pause', { method: 'POST', body: sent }),
        json: await attempt('/pause', { method: 'POST', body: sent, headers: json }),
      };
    },
    [url, body] as const,
  );
  assert.deepEqual(tried, { read: 'refused', plain: 'refused', json: 'refused' });
  await page.setContent(
    `<form method="post" enctype="text/plain" action="${url}pause"><input name='${body.slice(0, -1)},"x":"' value='"}'><button>Win</button></form>`,
  );
  const answer = page.waitForResponse(`${url}pause`);
  await page.getByRole('button').click();
  assert.equal((await answer).status(), 403);
  assert.equal(await at.raw('config'), before);
});

async function versionOf(at: Cluster): Promise<string> {
  const { stdout } = await at.run('status');
  return (JSON.parse(stdout) as { config: { version: string } }).config.version;
}
