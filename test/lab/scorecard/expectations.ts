import type { KindName } from '../client/index.ts';
import { profiles } from '../ground/index.ts';
import type { FaultName } from './catalogue.ts';
import type { Row } from './results.ts';

/**
 * Where a control is known to have two leaders, and why. What is not named here it may pass or fail. client-go's algorithm is the
 * control that should pass: its bound is right, but it is told by a timer, which a stop makes late, and it looks at a
 * clock that stands still while the machine sleeps.
 */
export const mustFail: Readonly<Partial<Record<KindName, readonly FaultName[]>>> = {
  // The library gives a lease up after twice its ttl without an answer; nobody watches his own key; whoever was stopped goes on
  // before it is told.
  'etcd-election': ['cut', 'freeze', 'stop', 'stall', 'delete'],
  // A call on a silent line has no timeout, and a renewal that is not answered is not one that failed.
  'consul-lock': ['cut', 'mute', 'freeze', 'stop', 'stall'],
  // The library notices a silent line only when the connection breaks; nobody watches his own node.
  'zookeeper-node': ['cut', 'freeze', 'stop', 'stall', 'delete'],
};

/**
 * Somebody takes the office away by hand, and lets the next one in at once. No clock of the holder's can foresee it: the contract
 * ends the lease at the next renewal, and the fence keeps the writes apart until then.
 */
export const byHand: readonly FaultName[] = ['revoke', 'delete'];

/** For how long ours may act beside another, milliseconds. */
export function allowance({ store, fault }: Pick<Row, 'store' | 'fault'>): number {
  const { loopWait, retryTimeout } = profiles[store];
  return byHand.includes(fault) ? loopWait + retryTimeout : 0;
}

/** Ours had two leaders, lost a write, or showed an old view as a fresh one. */
export function isUnsafe(row: Row): boolean {
  const { twoLeaders = 0, lostWrites, unannouncedStaleViews } = row;
  return twoLeaders > allowance(row) || lostWrites > 0 || unannouncedStaleViews > 0;
}

/** What makes the scorecard fail, in words. */
export function failuresOf(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => {
    const where = `${row.store}, ${row.fault}, ${row.client}`;
    if (row.client === 'tenure') {
      const excused = (row.twoLeaders ?? 0) <= allowance(row);
      const broken = row.violations
        .filter(({ rule }) => !(rule === 'one holder' && excused))
        .map(({ rule, message }) => `${where}: ${rule}: ${message}`);
      return broken.length > 0 || !isUnsafe(row) ? broken : [`${where}: unsafe`];
    }
    const due = mustFail[row.client]?.includes(row.fault) ?? false;
    return due && (row.twoLeaders ?? 0) === 0 ? [`${where}: this control is known to have two leaders here`] : [];
  });
}
