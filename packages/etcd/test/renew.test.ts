import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock, type Version } from '@tenure/core';
import { TokenSource } from '../src/auth.ts';
import { EtcdClient } from '../src/client.ts';
import type { Member, Members } from '../src/members.ts';
import { type EtcdRpc, type LeaseReply, RpcError, type RpcTxn, status, type TxnReply } from '../src/rpc.ts';
import { EtcdSession } from '../src/session.ts';

/** What a member answers, one after the other; the last answer is repeated. Everything else about it is absent. */
interface Script {
  readonly keepAlive: readonly (() => LeaseReply)[];
  readonly txn: () => TxnReply;
}

const header = (term: bigint) => ({ cluster: 'c', member: 'm', revision: 9n, term });
const alive = (term: bigint) => () => ({ header: header(term), ttl: 5000 });
const dead = (term: bigint) => () => ({ header: header(term), ttl: 0 });
const done =
  (term: bigint, succeeded = true) =>
  () => ({ header: header(term), succeeded });
const fails = (code: number, message: string) => () => {
  throw new RpcError(code, message);
};

function renewal(script: Script) {
  const sent: RpcTxn[] = [];
  let keepAlives = 0;
  const rpc = {
    keepAlive: async () =>
      (script.keepAlive[Math.min(keepAlives++, script.keepAlive.length - 1)] as () => LeaseReply)(),
    txn: async (txn: RpcTxn) => {
      sent.push(txn);
      return script.txn();
    },
  } as unknown as EtcdRpc;
  const member: Member = { url: 'http://m:1', rpc };
  const members = {
    list: async () => [member],
    prefer: () => {},
    avoid: () => {},
    doubt: () => {},
    dueForRefresh: () => false,
  } as unknown as Members;
  const closing = new AbortController();
  const tokens = new TokenSource(undefined, undefined, closing.signal);
  const client = new EtcdClient(systemClock, members, tokens, closing);
  const limits = { minTtl: 1000, maxTtl: 1e9, maxValueBytes: 1e6, maxCommitOps: 128 };
  return { session: new EtcdSession(client, limits, '7', 5000), sent, keepAlives: () => keepAlives };
}

const guard = { key: 'mine', version: '5' as Version };
const put = { type: 'put', key: 'k', value: 'v' } as const;
const write = { guards: [guard], writes: [put] };
const guardOnly = { guards: [guard], writes: [] };
/** Long enough for one repeated keepalive, which comes after 50 ms, and short enough for a test. */
const soon = { timeout: 300 };

test('a keepalive and a txn of one term renew with one keepalive', async () => {
  const { session, sent, keepAlives } = renewal({ keepAlive: [alive(4n)], txn: done(4n) });
  assert.deepEqual([...((await session.renew(write, soon))?.versions ?? [])], [['k', '9']]);
  assert.equal(keepAlives(), 1);
  assert.equal(sent[0]?.proof, undefined);
});

test('a txn that does not write ranges over its guard, so that a member that is cut off cannot answer it', async () => {
  const { session, sent } = renewal({ keepAlive: [alive(4n)], txn: done(4n, false) });
  assert.equal(await session.renew(guardOnly, soon), undefined);
  assert.equal(sent[0]?.proof, 'mine');
  await session.renew(undefined, soon);
  assert.equal(typeof sent[1]?.proof, 'string');
});

test('a keepalive of an older term than the txn is repeated until the terms agree; the txn is not', async () => {
  const { session, sent, keepAlives } = renewal({ keepAlive: [alive(3n), alive(4n)], txn: done(4n) });
  assert.notEqual(await session.renew(write, soon), undefined);
  assert.equal(keepAlives(), 2);
  assert.equal(sent.length, 1);
});

test('a deposed leader that keeps answering keepalives does not renew', async () => {
  const { session } = renewal({ keepAlive: [alive(3n)], txn: done(4n) });
  await assert.rejects(session.renew(write, soon), { code: 'UNAVAILABLE', maybeApplied: true });
  await assert.rejects(session.renew(guardOnly, soon), { code: 'UNAVAILABLE', maybeApplied: false });
});

test('the new leader knows that the lease is gone, though the old one did not', async () => {
  for (const succeeded of [true, false]) {
    const { session } = renewal({ keepAlive: [alive(3n), dead(4n)], txn: done(4n, succeeded) });
    await assert.rejects(session.renew(write, soon), { code: 'SESSION_LOST', maybeApplied: succeeded });
  }
});

test('a dead lease wins over whatever the txn did', async () => {
  const outcomes: [() => TxnReply, boolean][] = [
    [done(4n), true],
    [done(4n, false), false],
    [fails(status.unavailable, 'etcdserver: request timed out'), true],
    [fails(status.permissionDenied, 'etcdserver: permission denied'), false],
  ];
  for (const [txn, maybeApplied] of outcomes) {
    await assert.rejects(renewal({ keepAlive: [dead(4n)], txn }).session.renew(write, soon), {
      code: 'SESSION_LOST',
      maybeApplied,
    });
  }
  const refused = renewal({
    keepAlive: [alive(4n)],
    txn: fails(status.notFound, 'etcdserver: requested lease not found'),
  });
  await assert.rejects(refused.session.renew(write, soon), { code: 'SESSION_LOST', maybeApplied: false });
});

test('a lost keepalive is sent again after the txn is through, and its loss is an unknown outcome', async () => {
  const lost = fails(status.unavailable, 'read ECONNRESET');
  const mended = renewal({ keepAlive: [lost, alive(4n)], txn: done(4n) });
  assert.notEqual(await mended.session.renew(write, soon), undefined);
  const gone = renewal({ keepAlive: [lost], txn: done(4n) });
  await assert.rejects(gone.session.renew(write, soon), { code: 'UNAVAILABLE', maybeApplied: true });
});
