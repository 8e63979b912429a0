import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Dcs } from '@tenure/core';
import { memory } from '@tenure/embedded';
import { bodyOf, signInBody } from '../src/ui/body.ts';
import { Refused } from '../src/ui/refused.ts';
import { Writes } from '../src/ui/writes.ts';

const TARGET = { scope: 's', group: null };
const GONE = 'it was carried out or taken back meanwhile; nothing was written';

async function refusal(asked: Promise<unknown>): Promise<Refused> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Refused);
  assert.equal(error.status, 409);
  return error;
}

test('ui: an empty text is no configuration, and one without fields is warned of', async () => {
  await using store = memory();
  await using dcs = new Dcs({ store, scope: 's', name: 'n1' });
  const writes = new Writes(dcs);
  const version = (await dcs.config.write({ ttl: 30 })) ?? null;
  const asked = { ...TARGET, seen: { version, text: 'ttl: 30\n' } };
  for (const text of ['', '\n# nothing\n', 'null']) {
    const why = { message: 'the configuration is empty; {} is an empty config' };
    for (const dryRun of [true, false]) await assert.rejects(writes.config({ ...asked, text, dryRun }), why);
  }
  assert.deepEqual((await dcs.config.read()).value, { ttl: 30 });
  const { warnings = [] } = await writes.config({ ...asked, text: '{}', dryRun: true });
  assert.match(warnings.join(), /^an empty config counts as none: /);
  await writes.config({ ...asked, text: '{}', dryRun: false });
  assert.deepEqual((await dcs.config.read()).value, {});
  await store.commit({ guards: [], writes: [{ type: 'delete', key: '/service/s/config' }] });
  const seen = { version: null, text: '' };
  await writes.config({ ...TARGET, seen, text: 'ttl: 2', dryRun: false });
  const { answer } = await refusal(writes.config({ ...TARGET, seen, text: 'ttl: 3', dryRun: false }));
  assert.deepEqual(answer.refusal?.conflicts, ['ttl']);
});

test('ui: a request that is not UTF-8 is refused', async () => {
  const sent = (encoding: BufferEncoding) => {
    const body = Readable.from([Buffer.from('{"token":"caf\u00e9"}', encoding)]);
    return Object.assign(body, { headers: { 'content-type': 'application/json' } }) as unknown as IncomingMessage;
  };
  assert.deepEqual(await bodyOf(sent('utf8'), signInBody), { token: 'caf\u00e9' });
  await assert.rejects(bodyOf(sent('latin1'), signInBody), { status: 400, message: 'it is not JSON' });
});

test('ui: a request is taken back once, also by two at one time, and never by the version of another', async () => {
  await using store = memory();
  await using dcs = new Dcs({ store, scope: 's', name: 'n1' });
  const writes = new Writes(dcs);
  const scheduledAt = new Date('2099-01-31T03:00:00Z');
  const failoverVersion = (await dcs.failover.write({ leader: 'n1', scheduledAt })) ?? null;
  const tried = await Promise.allSettled([1, 2].map(async () => await writes.flush({ ...TARGET, failoverVersion })));
  const done = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const pending = { text: 'switchover from n1', scheduledAt: '2099-01-31T03:00:00+00:00', version: failoverVersion };
  assert.deepEqual(done, [{ message: 'taken back', failover: pending }]);
  const [lost] = tried.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  assert.deepEqual((await refusal(Promise.reject(lost))).answer, { message: GONE });
  assert.deepEqual((await dcs.failover.read()).value, {});

  const next = await dcs.failover.write({ candidate: 'n2' });
  const { answer } = await refusal(writes.flush({ ...TARGET, failoverVersion }));
  assert.deepEqual(answer.failover, { text: 'failover to n2', scheduledAt: null, version: next });
  assert.deepEqual((await dcs.failover.read()).value, { candidate: 'n2' });
  await writes.flush({ ...TARGET, failoverVersion: next ?? null });

  const { version } = await dcs.failover.read();
  assert.equal((await refusal(writes.flush({ ...TARGET, failoverVersion: version }))).message, GONE);
  assert.equal((await dcs.failover.read()).version, version);
});

test('ui: the difference comes with what Patroni would ignore or change', async () => {
  await using store = memory();
  await using dcs = new Dcs({ store, scope: 's', name: 'n1' });
  const version = (await dcs.config.write({ ttl: 30 })) ?? null;
  const shown = async (text: string) =>
    await new Writes(dcs).config({ ...TARGET, text, seen: { version, text: 'ttl: 30' }, dryRun: true });
  const warning = 'ttl: it must be 20 s or more, got -5; Patroni takes 20 s';
  assert.equal((await shown('ttl: -5')).warnings?.[0], warning);
  assert.deepEqual((await shown('ttl: 31')).warnings, []);
});

test('ui: a schedule in a year that cannot be written is refused in the words of the page', async () => {
  await using store = memory();
  await using dcs = new Dcs({ store, scope: 's', name: 'n1' });
  const asked = { ...TARGET, leader: 'n1', candidate: null, failoverVersion: null };
  for (const year of [10_000, -1]) {
    const scheduled = new Date(Date.UTC(year, 0, 31)).toISOString();
    await assert.rejects(new Writes(dcs).switchover({ ...asked, scheduled }), {
      status: 400,
      message: 'the time under “When” must be in the years 0 to 9999 of UTC',
    });
  }
});
