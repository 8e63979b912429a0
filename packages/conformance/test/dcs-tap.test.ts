import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DcsError } from '@tenure/core';
import { memory } from '@tenure/embedded';
import { Tap } from '../src/dcs/tap.ts';

const put = (key: string) => ({ guards: [], writes: [{ type: 'put', key, value: 'x' } as const] });
const unknown = (error: unknown) => DcsError.is(error, 'UNAVAILABLE') && error.maybeApplied;

suite('Tap', () => {
  test('a lost reply takes effect, a lost request does not, and the next call passes', async () => {
    await using tap = new Tap(memory());
    tap.loseReply('commit');
    await assert.rejects(tap.commit(put('/a')), unknown);
    tap.loseRequest('commit');
    await assert.rejects(tap.commit(put('/b')), unknown);
    await tap.commit(put('/c'));
    assert.deepEqual([...(await tap.read('/')).entries.keys()], ['/a', '/c']);
    assert.equal(tap.count('commit'), 2);
  });

  test('a held request waits before it takes effect, a held reply after it, and an abort ends the wait', async () => {
    await using tap = new Tap(memory());
    const request = tap.holdRequest('commit');
    const first = tap.commit(put('/a'));
    await request.arrived;
    assert.equal((await tap.read('/')).entries.size, 0);
    request.go();
    await first;
    const reply = tap.holdReply('commit');
    const leaving = new AbortController();
    const second = tap.commit(put('/b'), { signal: leaving.signal });
    await reply.arrived;
    assert.equal((await tap.read('/')).entries.size, 2);
    leaving.abort(new Error('left'));
    await assert.rejects(second, { message: 'left' });
  });

  test('sessions pass through: their keys, their renewals, their end', async () => {
    await using tap = new Tap(memory());
    const session = await tap.openSession(60_000);
    const commit = await session.renew({ guards: [], writes: [{ type: 'put', key: '/a', value: 'x', session }] });
    assert.ok(commit?.versions.has('/a'));
    assert.equal((await tap.read('/')).entries.get('/a')?.session, session.id);
    assert.equal(tap.sessions[0]?.id, session.id);
    assert.ok(tap.lastWritten() >= tap.lastSent('open'));
    await session.end();
    assert.equal((await tap.read('/')).entries.size, 0);
  });

  test('a clock that was stepped shows in what is read, and one that hangs fires late', async () => {
    await using tap = new Tap(memory());
    const before = tap.clock.now();
    tap.clock.ahead = 5000;
    assert.ok(tap.clock.now() >= before + 5000);
    assert.ok((await tap.read('/')).asOf >= before + 5000);
    const fired: string[] = [];
    const wake = tap.clock.hang();
    tap.clock.timer(0, () => fired.push('late'));
    tap.clock.timer(0, () => fired.push('cancelled'))();
    await tap.clock.sleep(20);
    assert.deepEqual(fired, []);
    wake();
    assert.deepEqual(fired, ['late']);
  });
});
