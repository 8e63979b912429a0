import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, faultTable, toDcsError } from '../src/errors.ts';
import { RpcError, status } from '../src/rpc.ts';

/** Messages as servers of 3.4 and 3.5 and grpc-js word them, with what follows from each. */
const cases: readonly [code: number, message: string, dcs: string, outcome: string, remedy: string][] = [
  [
    14,
    'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ',
    'UNAVAILABLE',
    'not-sent',
    'endpoint',
  ],
  [14, 'Name resolution failed for target dns:nowhere.invalid:2379', 'UNAVAILABLE', 'not-sent', 'endpoint'],
  [4, 'Deadline exceeded after 1.002s,waiting for name resolution', 'UNAVAILABLE', 'not-sent', 'endpoint'],
  [4, 'Deadline exceeded after 1.002s,waiting for metadata filters', 'UNAVAILABLE', 'not-sent', 'endpoint'],
  [4, 'Deadline exceeded after 1.002s,Waiting for LB pick', 'UNAVAILABLE', 'not-sent', 'endpoint'],
  [5, 'etcdserver: requested lease not found', 'SESSION_LOST', 'refused', 'none'],
  [9, 'etcdserver: lease already exists', 'CONFLICT', 'refused', 'none'],
  [11, 'etcdserver: too large lease TTL', 'LIMIT', 'refused', 'none'],
  [2, 'not a primary lessor', 'UNAVAILABLE', 'unknown', 'endpoint'],
  [14, 'etcdserver: no leader', 'UNAVAILABLE', 'refused', 'endpoint'],
  [9, 'etcdserver: not leader', 'UNAVAILABLE', 'refused', 'endpoint'],
  [9, 'etcdserver: not capable', 'UNAVAILABLE', 'refused', 'endpoint'],
  [9, 'etcdserver: rpc not supported for learner', 'UNAVAILABLE', 'refused', 'endpoint'],
  [14, 'etcdserver: leader changed', 'UNAVAILABLE', 'unknown', 'endpoint'],
  [14, 'etcdserver: request timed out, possibly due to previous leader failure', 'UNAVAILABLE', 'unknown', 'endpoint'],
  [14, 'etcdserver: server stopped', 'UNAVAILABLE', 'unknown', 'endpoint'],
  [14, 'etcdserver: unhealthy cluster', 'UNAVAILABLE', 'unknown', 'endpoint'],
  [15, 'etcdserver: corrupt cluster', 'UNAVAILABLE', 'unknown', 'endpoint'],
  [2, 'context deadline exceeded', 'UNAVAILABLE', 'unknown', 'endpoint'],
  [1, 'context canceled', 'UNAVAILABLE', 'unknown', 'endpoint'],
  [11, 'etcdserver: mvcc: required revision has been compacted', 'UNAVAILABLE', 'refused', 'endpoint'],
  [8, 'etcdserver: mvcc: database space exceeded', 'LIMIT', 'unknown', 'none'],
  [8, 'etcdserver: too many requests', 'LIMIT', 'refused', 'none'],
  [3, 'etcdserver: request is too large', 'LIMIT', 'refused', 'none'],
  [3, 'etcdserver: too many operations in txn request', 'LIMIT', 'refused', 'none'],
  [8, 'grpc: trying to send message larger than max (3000000 vs. 2097152)', 'LIMIT', 'refused', 'none'],
  [16, 'etcdserver: invalid auth token', 'DENIED', 'refused', 'token'],
  [3, 'etcdserver: user name is empty', 'DENIED', 'refused', 'token'],
  [3, 'etcdserver: revision of auth store is old', 'UNAVAILABLE', 'refused', 'token'],
  [9, 'etcdserver: authentication is not enabled', 'DENIED', 'refused', 'none'],
  [3, 'etcdserver: authentication failed, invalid user ID or password', 'DENIED', 'refused', 'none'],
  [9, 'etcdserver: user name not found', 'DENIED', 'refused', 'none'],
  [7, 'etcdserver: permission denied', 'DENIED', 'refused', 'none'],
  [16, 'any other words', 'DENIED', 'refused', 'none'],
  [3, 'etcdserver: duplicate key given in txn request', 'UNAVAILABLE', 'refused', 'none'],
  [9, 'any other words', 'UNAVAILABLE', 'refused', 'endpoint'],
  [5, 'any other words', 'UNAVAILABLE', 'refused', 'endpoint'],
  [12, 'unknown service etcdserverpb.Lease', 'UNAVAILABLE', 'refused', 'endpoint'],
  [8, 'Received message larger than max (5000000 vs 4194304)', 'LIMIT', 'unknown', 'none'],
  [14, 'read ECONNRESET', 'UNAVAILABLE', 'unknown', 'endpoint'],
  [
    4,
    'Deadline exceeded after 1.002s,LB pick: 0.001s,remote_addr=127.0.0.1:2379',
    'UNAVAILABLE',
    'unknown',
    'endpoint',
  ],
  [13, 'Received RST_STREAM with code 2 (Call ended without gRPC status)', 'UNAVAILABLE', 'unknown', 'endpoint'],
];

for (const [code, message, dcs, outcome, remedy] of cases) {
  test(`${code} ${message}`, () => {
    const row = faultOf(new RpcError(code, message));
    assert.deepEqual([row.code, row.outcome, row.remedy], [dcs, outcome, remedy]);
  });
}

test('every row of the table is reached by one of these messages', () => {
  const reached = new Set(cases.map(([code, message]) => faultOf(new RpcError(code, message))));
  assert.deepEqual(
    faultTable.filter((row) => !reached.has(row)),
    [],
  );
});

test('an unknown outcome is told only of what was sent', () => {
  const lost = new RpcError(status.unavailable, 'read ECONNRESET');
  assert.equal(toDcsError(lost, 'commit', true).maybeApplied, true);
  assert.equal(toDcsError(lost, 'read', false).maybeApplied, false);
  const refused = new RpcError(status.permissionDenied, 'etcdserver: permission denied');
  assert.equal(toDcsError(refused, 'commit', true).maybeApplied, false);
  assert.match(toDcsError(refused, 'commit', true).message, /^etcd: commit: etcdserver: permission denied$/);
  const away = (note: string) => toDcsError(new RpcError(14, `Last error: E. Resolution note: ${note}`), 'read', false);
  assert.equal(away('').message, 'etcd: read: Last error: E.');
  assert.equal(away('why').message, 'etcd: read: Last error: E. Resolution note: why');
});
