import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dcs } from '@tenure/core';
import { memory } from '@tenure/embedded';
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
