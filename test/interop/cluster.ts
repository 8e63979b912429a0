import type { HistoryLine, Lease, MemberData } from '@tenure/core';
import { type PatroniDcs, PatroniDriver } from './driver.ts';
import type { Ground } from './ground.ts';
import { findPatroni, type PatroniVersion } from './patroni.ts';

const OPTIME = 100663648;
const MEGABYTE = 1048576;

function member(index: number, data: MemberData): MemberData {
  return {
    conn_url: `postgres://10.0.0.${index}:5432/postgres`,
    // Nobody answers there: what patronictl wants of a member's REST interface it cannot have.
    api_url: 'http://127.0.0.1:1/patroni',
    ...{ state: 'running', role: 'replica', version: '4.1.5', timeline: 3 },
    ...data,
  };
}

const at = (lsn: number): MemberData => ({ xlog_location: lsn, replay_lsn: lsn, receive_lsn: lsn });

/** What tables have to show: lag, tags, a restart that is due, a member that streams from another, one that does not run. */
export const MEMBERS: Readonly<Record<string, MemberData>> = {
  pg1: member(1, { role: 'primary', xlog_location: OPTIME, pending_restart: true }),
  pg2: member(2, { ...at(OPTIME), replication_state: 'streaming', tags: { clonefrom: true, nofailover: false } }),
  'pg3-größe': member(3, {
    ...at(OPTIME - 3 * MEGABYTE),
    replication_state: 'in archive recovery',
    tags: { replicatefrom: 'pg2', nofailover: true },
  }),
  pg4: member(4, { state: 'stopped', timeline: 2 }),
};
export const LEADER = 'pg1';
export const SYSTEM_ID = '7412345678901234567';
export const CONFIG = {
  ...{ ttl: 30, loop_wait: 10, retry_timeout: 10, maximum_lag_on_failover: MEGABYTE },
  postgresql: { parameters: { max_connections: 100 }, use_pg_rewind: true },
};
const HISTORY: readonly HistoryLine[] = [
  {
    timeline: 1,
    lsn: 25623960,
    reason: 'no recovery target specified',
    timestamp: '2026-11-22T10:00:00+00:00',
    leader: 'pg2',
  },
  {
    timeline: 2,
    lsn: 50331808,
    reason: 'no recovery target specified',
    timestamp: '2026-11-22T11:00:00+00:00',
    leader: 'pg1',
  },
];

export interface WrittenByTenure extends AsyncDisposable {
  /** The leader's. */
  readonly lease: Lease;
}

/** The cluster as Tenure writes it; it lasts until it is disposed of. */
export async function writtenByTenure(ground: Ground, scope: string): Promise<WrittenByTenure> {
  await using resources = new AsyncDisposableStack();
  let lease: Lease | undefined;
  for (const [name, data] of Object.entries(MEMBERS)) {
    const dcs = resources.use(ground.dcs(scope, name));
    await dcs.announce(data);
    if (name !== LEADER) continue;
    const fence = await dcs.acquire();
    if (fence === undefined) throw new Error(`${scope} is led by another`);
    lease = fence;
    await dcs.initialize.write(SYSTEM_ID);
    await dcs.config.write(CONFIG, { fence });
    await dcs.history.write(HISTORY, { fence });
    await fence.renew({ status: { optime: OPTIME, slots: { pg2: OPTIME } } });
  }
  if (lease === undefined) throw new Error(`${LEADER} is no member`);
  const held = resources.move();
  return { lease, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** The same cluster as Patroni's classes write it. */
export async function writtenByPatroni(
  ground: Ground,
  scope: string,
  version: PatroniVersion,
): Promise<AsyncDisposable> {
  await using resources = new AsyncDisposableStack();
  const driver = resources.use(new PatroniDriver(await findPatroni(version)));
  for (const [name, data] of Object.entries(MEMBERS)) {
    const dcs = await driver.open(ground.config(scope, name));
    await did(dcs, 'touch_member', data);
    if (name !== LEADER) continue;
    await did(dcs, 'acquire_leader_lock');
    // On ZooKeeper the second fails without the first.
    await did(dcs, 'initialize', true, '');
    await did(dcs, 'initialize', false, SYSTEM_ID);
    await did(dcs, 'set_config_value', CONFIG);
    await did(
      dcs,
      'set_history_value',
      HISTORY.map(({ timeline, lsn, reason, timestamp, leader }) => [timeline, lsn, reason, timestamp, leader]),
    );
    await did(dcs, 'write_status', { optime: OPTIME, slots: { pg2: OPTIME } });
  }
  return resources.move();
}

async function did(dcs: PatroniDcs, method: string, ...args: readonly unknown[]): Promise<void> {
  if (!(await dcs.call(method, ...args))) throw new Error(`Patroni's ${method} failed`);
}
