import { randomUUID } from 'node:crypto';
import type { Dcs, Version } from '@tenure/core';
import { DcsError } from '@tenure/core';
import type { Finding } from './finding.ts';

/** The keys that a member writes sooner or later. */
const WRITTEN = [
  'leader',
  'epoch',
  'config',
  'status',
  'sync',
  'failover',
  'history',
  'initialize',
  'failsafe',
] as const;

/**
 * Whether each key may be written. What is sent is guarded by a key that is not there, so it changes nothing and wakes
 * nobody; the permission is looked at all the same. ZooKeeper comes to a write's permission only when its guards held.
 */
export async function permissionFindings(dcs: Dcs, signal: AbortSignal): Promise<Finding[]> {
  const { store, layout } = dcs;
  if (store.name === 'zookeeper') {
    const message = 'not known: ZooKeeper looks at the permission of a write only when it is done';
    return [{ topic: 'permission', grade: 'note', subject: 'write', message }];
  }
  const keys = [...WRITTEN.map((name) => layout.key(name)), layout.member(dcs.name)];
  const findings: Finding[] = [];
  for (const key of keys) findings.push(await ofKey(dcs, key, signal));
  const refused = findings.filter(({ grade }) => grade === 'wrong');
  if (refused.length > 0) return refused;
  return [
    { topic: 'permission', grade: 'ok', subject: 'write', message: `each of ${keys.length} keys may be written` },
  ];
}

async function ofKey({ store, layout, timing }: Dcs, key: string, signal: AbortSignal): Promise<Finding> {
  const never = { key: `${layout.prefix}doctor-${randomUUID()}`, version: '1' as Version };
  try {
    const txn = { guards: [never], writes: [{ type: 'put', key, value: '' } as const] };
    await store.commit(txn, { signal, timeout: timing.retryTimeout });
    return { topic: 'permission', grade: 'ok', subject: key, message: 'may be written' };
  } catch (error) {
    if (!DcsError.is(error)) throw error;
    return { topic: 'permission', grade: 'wrong', subject: key, message: error.message };
  }
}
