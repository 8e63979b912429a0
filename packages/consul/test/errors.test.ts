import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { faultOf, faultTable, toDcsError } from '../src/errors.ts';
import { RpcError } from '../src/rpc.ts';

type Case = readonly [
  stage: RpcError['stage'],
  status: number,
  message: string,
  dcs: string,
  outcome: string,
  remedy: string,
];

/** Words as Consul 1.8 and later, and Node, put them, with what follows from each. */
const cases: readonly Case[] = [
  ['unsent', 0, 'connect ECONNREFUSED 127.0.0.1:1', 'UNAVAILABLE', 'not-sent', 'endpoint'],
  ['answered', 409, 'invalid session "6051fcdf-b46f-38bd-0bd9-3e04bc6b1843"', 'SESSION_LOST', 'refused', 'none'],
  ['answered', 500, 'status 500: rpc error making call: invalid session "6051"', 'SESSION_LOST', 'refused', 'none'],
  [
    'answered',
    409,
    'failed session lookup: index error: UUID must be 36 characters',
    'SESSION_LOST',
    'refused',
    'none',
  ],
  ['answered', 409, 'failed to lock key "a/leader" due to lock delay', 'UNAVAILABLE', 'refused', 'patience'],
  [
    'answered',
    500,
    "status 500: Invalid Session TTL '1000000000', must be between [10s=24h0m0s]",
    'LIMIT',
    'refused',
    'none',
  ],
  [
    'answered',
    500,
    "status 500: rpc error making call: rpc error making call: Invalid Session TTL '1000000', must be between [1s=24h0m0s]",
    'LIMIT',
    'refused',
    'none',
  ],
  ['answered', 403, 'status 403: Permission denied', 'DENIED', 'refused', 'none'],
  ['answered', 409, 'Permission denied', 'DENIED', 'refused', 'none'],
  ['answered', 403, 'status 403: rpc error making call: ACL not found', 'DENIED', 'refused', 'none'],
  ['answered', 401, 'status 401: any other words', 'DENIED', 'refused', 'none'],
  ['answered', 403, 'status 403: any other words', 'DENIED', 'refused', 'none'],
  ['answered', 500, 'status 500: No cluster leader', 'UNAVAILABLE', 'refused', 'endpoint'],
  ['answered', 500, 'status 500: rpc error making call: No cluster leader', 'UNAVAILABLE', 'refused', 'endpoint'],
  ['answered', 500, 'status 500: No known Consul servers', 'UNAVAILABLE', 'refused', 'endpoint'],
  ['answered', 500, 'status 500: No path to datacenter', 'UNAVAILABLE', 'refused', 'endpoint'],
  [
    'answered',
    500,
    'status 500: rpc error making call: Not ready to serve consistent reads',
    'UNAVAILABLE',
    'refused',
    'endpoint',
  ],
  [
    'answered',
    500,
    'status 500: rpc error getting client: failed to get conn: dial tcp 127.0.0.2:1: connect: connection refused',
    'UNAVAILABLE',
    'refused',
    'endpoint',
  ],
  ['answered', 500, 'status 500: node is not the leader', 'UNAVAILABLE', 'refused', 'endpoint'],
  ['answered', 500, 'status 500: leadership transfer in progress', 'UNAVAILABLE', 'refused', 'endpoint'],
  ['answered', 500, 'status 500: timed out enqueuing operation', 'UNAVAILABLE', 'refused', 'endpoint'],
  ['answered', 500, 'status 500: Missing node registration', 'UNAVAILABLE', 'refused', 'endpoint'],
  ['answered', 500, "status 500: Missing check 'serfHealth' registration", 'UNAVAILABLE', 'refused', 'endpoint'],
  ['answered', 500, "status 500: Check 'serfHealth' is in critical state", 'UNAVAILABLE', 'refused', 'endpoint'],
  [
    'answered',
    503,
    'status 503: rate limit exceeded, try again later or against a different server',
    'LIMIT',
    'refused',
    'endpoint',
  ],
  ['answered', 429, 'status 429: RPC rate exceeded', 'LIMIT', 'refused', 'endpoint'],
  ['answered', 413, 'status 413: Request body too large, max size: 524288 bytes', 'LIMIT', 'refused', 'none'],
  ['answered', 429, 'status 429: any other words', 'LIMIT', 'refused', 'endpoint'],
  ['answered', 301, 'status 301: <a href="/v1/kv/a/b">Moved Permanently</a>.', 'UNAVAILABLE', 'refused', 'none'],
  ['answered', 400, 'status 400: Failed to parse body', 'UNAVAILABLE', 'refused', 'none'],
  ['answered', 404, 'status 404: 404 page not found', 'UNAVAILABLE', 'refused', 'endpoint'],
  ['answered', 405, 'status 405: method POST not allowed', 'UNAVAILABLE', 'refused', 'none'],
  ['answered', 409, 'any other words', 'UNAVAILABLE', 'refused', 'none'],
  ['answered', 500, 'status 500: leadership lost while committing log', 'UNAVAILABLE', 'unknown', 'endpoint'],
  ['answered', 500, 'status 500: rpc error making call: EOF', 'UNAVAILABLE', 'unknown', 'endpoint'],
  ['answered', 500, 'status 500: rpc error making call: stream closed', 'UNAVAILABLE', 'unknown', 'endpoint'],
  ['answered', 502, 'status 502: Bad Gateway', 'UNAVAILABLE', 'unknown', 'endpoint'],
  ['sent', 0, 'socket hang up', 'UNAVAILABLE', 'unknown', 'endpoint'],
  ['sent', 0, 'no answer within 1000 ms', 'UNAVAILABLE', 'unknown', 'endpoint'],
];

for (const [stage, status, message, dcs, outcome, remedy] of cases) {
  test(`${stage} ${message}`, () => {
    const row = faultOf(new RpcError(stage, status, message));
    assert.deepEqual([row.code, row.outcome, row.remedy], [dcs, outcome, remedy]);
  });
}

test('every row of the table is reached by one of these', () => {
  const reached = new Set(cases.map(([stage, status, message]) => faultOf(new RpcError(stage, status, message))));
  assert.deepEqual(
    faultTable.filter((row) => !reached.has(row)),
    [],
  );
});

test('an unknown outcome is told only of what was sent', () => {
  const lost = new RpcError('sent', 0, 'socket hang up');
  assert.equal(toDcsError(lost, 'commit', true).maybeApplied, true);
  assert.equal(toDcsError(lost, 'read', false).maybeApplied, false);
  const refused = new RpcError('answered', 403, 'status 403: Permission denied');
  assert.equal(toDcsError(refused, 'commit', true).maybeApplied, false);
  assert.equal(toDcsError(refused, 'commit', true).message, 'consul: commit: status 403: Permission denied');
});

test('words count only in an answer: what Node says of a connection is no refusal', () => {
  const lost = new RpcError('sent', 0, 'Permission denied');
  assert.equal(faultOf(lost).outcome, 'unknown');
  assert.ok(!inspect(toDcsError(lost, 'commit', true), { depth: 5 }).includes('x-consul-token'));
});
