import type { FailoverRequest, HistoryLine, Status, SyncState } from '@tenure/core';
import { RETAINED, type Row } from './row.ts';

const CONFIG = {
  ttl: 30,
  loop_wait: 10,
  retry_timeout: 10,
  maximum_lag_on_failover: 1048576,
  synchronous_mode: 'quorum',
  failsafe_mode: true,
  pause: false,
  check_timeline: null,
  slots: { 'Größe 😀': { type: 'logical', database: 'ä', plugin: 'test_decoding' } },
  ignore_slots: [{ name: 'a/b', type: 'physical' }],
  postgresql: {
    parameters: { max_connections: 100, wal_level: 'replica', archive_command: `cp "%p" '/\u007f/%f'` },
    pg_hba: ['host all all 0.0.0.0/0 md5'],
    checkpoint_cost: 0.5,
  },
};

const configRow: Row = {
  key: 'config',
  title: 'nested, non-ASCII',
  patroni: (dcs) => dcs.call('set_config_value', CONFIG),
  tenure: ({ dcs }) => dcs.config.write(CONFIG),
  seenByTenure: ({ config }) => config.value,
  tenureSees: CONFIG,
  seenByPatroni: ({ config }) => config,
  patroniSees: CONFIG,
};

function statusRow(title: string, value: Status): Row {
  const { optime, slots = null, retainSlots } = value;
  return {
    key: 'status',
    title,
    patroni: (dcs) =>
      dcs.call('write_status', { optime, ...(slots && { slots }), ...(retainSlots && { retain_slots: retainSlots }) }),
    tenure: ({ dcs }) => dcs.status.write(value),
    seenByTenure: ({ status }) => status.value,
    tenureSees: value,
    seenByPatroni: ({ status }) => status,
    patroniSees: { last_lsn: optime, slots, retain_slots: retainSlots ?? [] },
    before4: {
      why: RETAINED,
      patroniSees: { last_lsn: optime, slots },
      ...(retainSlots && { tenureSees: { optime, slots }, bytes: ascii({ optime, slots }) }),
    },
  };
}

function failoverRow(title: string, value: FailoverRequest, at: string | null = null): Row {
  const { leader = null, candidate = null } = value;
  const asked = leader !== null || candidate !== null;
  return {
    key: 'failover',
    title,
    patroni: (dcs) => dcs.call('manual_failover', leader, candidate, at),
    tenure: ({ dcs }) => (asked ? dcs.failover.write(value) : dcs.failover.clear()),
    seenByTenure: ({ failover }) => failover.value,
    tenureSees: value,
    seenByPatroni: ({ failover }) => failover,
    patroniSees: { leader, candidate, asked, scheduled_at: at },
  };
}

function syncRow(title: string, value: SyncState & { readonly leader: string }): Row {
  const { leader, quorum, standbys } = value;
  return {
    key: 'sync',
    title,
    patroni: (dcs) => dcs.call('write_sync_state', leader, [...standbys].reverse(), quorum),
    tenure: ({ dcs }) => dcs.sync.write(value),
    seenByTenure: ({ sync }) => sync.value,
    tenureSees: value,
    seenByPatroni: ({ sync }) => sync,
    patroniSees: { leader, quorum, voters: standbys, empty: false },
    before4: {
      why: '3.0 has no quorum commit, and no such field: Tenure reads a quorum of 0',
      patroniSees: { leader, voters: standbys, empty: false },
      tenureSees: { ...value, quorum: 0 },
      bytes: ascii({ leader, sync_standby: standbys.join(',') || null }),
    },
  };
}

const syncOffRow: Row = {
  key: 'sync',
  title: 'switched off',
  patroni: (dcs) => dcs.call('delete_sync_state'),
  tenure: ({ dcs }) => dcs.sync.clear(),
  seenByTenure: ({ sync }) => sync.value?.leader ?? null,
  tenureSees: null,
  seenByPatroni: ({ sync }) => sync,
  patroniSees: { leader: null, quorum: 0, voters: [], empty: true },
  before4: {
    why: '3.0 has no quorum commit',
    patroniSees: { leader: null, voters: [], empty: true },
  },
  emptied: true,
};

function historyRow(title: string, lines: readonly (readonly [number, number, string, string?, string?])[]): Row {
  const value = lines.map(
    ([timeline, lsn, reason, timestamp, leader]): HistoryLine => ({
      ...{ timeline, lsn, reason },
      ...(timestamp !== undefined && { timestamp }),
      ...(leader !== undefined && { leader }),
    }),
  );
  const timeline = (lines.at(-1)?.[0] ?? 0) + 1;
  return {
    key: 'history',
    title,
    patroni: (dcs) => dcs.call('set_history_value', lines),
    tenure: ({ dcs }) => dcs.history.write(value),
    seenByTenure: ({ history, timeline }) => ({ history: history.value, timeline }),
    tenureSees: { history: value, timeline },
    seenByPatroni: ({ history, timeline }) => ({ history, timeline }),
    patroniSees: { history: lines, timeline },
  };
}

const failsafeRow: Row = {
  key: 'failsafe',
  title: 'alone',
  patroni: (dcs) => dcs.call('write_failsafe', { pg1: 'http://10.0.0.1:8008/patroni' }),
  tenure: ({ dcs }) => dcs.failsafe.write({ pg1: 'http://10.0.0.1:8008/patroni' }),
  seenByTenure: ({ failsafe }) => failsafe.value,
  tenureSees: { pg1: 'http://10.0.0.1:8008/patroni' },
  seenByPatroni: ({ failsafe }) => failsafe,
  patroniSees: { pg1: 'http://10.0.0.1:8008/patroni' },
};

/** As Python's json.dumps has it. */
function ascii(value: object): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const whole = '2030-01-01T00:00:00+00:00';
const fraction = '2030-06-30T12:34:56.789000+00:00';

export const documentRows: readonly Row[] = [
  configRow,
  statusRow('a position', { optime: 100663648 }),
  statusRow('with slots', { optime: 9007199254740991, slots: { größe: 100663648, pg2: 100663640 } }),
  statusRow('with slots to retain', { optime: 100663650, slots: { pg2: 1 }, retainSlots: ['pg2', 'pg3'] }),
  failoverRow('switchover', { leader: 'pg1', candidate: 'Größe 😀' }),
  failoverRow('switchover to whoever is fit', { leader: 'pg1' }),
  failoverRow('failover', { candidate: 'pg2' }),
  failoverRow('scheduled', { leader: 'pg1', candidate: 'pg2', scheduledAt: new Date(whole) }, whole),
  failoverRow('scheduled, to the millisecond', { leader: 'pg1', scheduledAt: new Date(fraction) }, fraction),
  failoverRow('done with', {}),
  syncRow('one leader, two standbys', { leader: 'pg1', quorum: 0, standbys: ['Größe', 'pg2'] }),
  syncRow('quorum', { leader: 'pg1', quorum: 2, standbys: ['pg2', 'pg3', 'ß', '😀'] }),
  syncRow('no standby', { leader: 'pg1', quorum: 0, standbys: [] }),
  syncOffRow,
  historyRow('lines of three, four and five', [
    [1, 25623960, 'no recovery target specified'],
    [2, 50331808, 'vor „Größe“ 😀', '2026-11-22T10:00:00+00:00'],
    [3, 9007199254740991, 'no recovery target specified', '2026-11-22T11:00:00.123456+01:00', 'Größe'],
  ]),
  historyRow('of timeline 1', []),
  failsafeRow,
];
