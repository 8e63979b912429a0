import type { MemberData } from '@tenure/core';
import { type Row, SELF } from './row.ts';

/** A member as Patroni 4.1 announces it (patroni/ha.py, `touch_member`), every field, in the order it has there. */
export const FULL_MEMBER = {
  conn_url: 'postgres://10.0.0.1:5432/postgres',
  api_url: 'http://10.0.0.1:8008/patroni',
  state: 'running',
  role: 'primary',
  version: '4.1.5',
  proxy_url: 'postgres://10.0.0.9:6432/postgres',
  checkpoint_after_promote: false,
  tags: {
    nofailover: false,
    failover_priority: 7,
    noloadbalance: true,
    clonefrom: true,
    nosync: false,
    sync_priority: 3,
    replicatefrom: 'pg2',
    nostream: true,
    Größe: 'é😀\u007f "\\/\n',
    nested: { list: [1, 2.5, null, 'ß'], none: null },
  },
  pending_restart: true,
  pending_restart_reason: { max_connections: { old_value: '100', new_value: '200' } },
  xlog_location: 9007199254740991,
  replay_lsn: 100663640,
  receive_lsn: 100663648,
  replication_state: 'in archive recovery',
  timeline: 3,
  scheduled_restart: {
    schedule: '2030-01-01T00:00:00+00:00',
    postmaster_start_time: '2029-12-31 23:59:59.123456+00:00',
    postgres_version: '15.18',
  },
  pause: true,
} satisfies MemberData;

const SMALL_MEMBER = {
  conn_url: 'postgres://10.0.0.1:5432/postgres',
  api_url: 'http://10.0.0.1:8008/patroni',
  state: 'stopped',
  role: 'uninitialized',
  version: '4.0.7',
} satisfies MemberData;

const unset = {
  ...{ nofailover: false, failover_priority: 1, noloadbalance: false, clonefrom: false, nosync: false },
  ...{ sync_priority: 1, replicatefrom: null, nostream: false },
};

/** What Patroni's properties make of the tags; 4.0 has no `sync_priority`. */
function tagsOf(data: MemberData): object {
  const { sync_priority: _, ...rest } = { ...unset, ...data.tags };
  return Object.fromEntries(
    Object.keys(rest).flatMap((tag) => (tag in unset ? [[tag, rest[tag as keyof typeof rest]]] : [])),
  );
}

/** What 3.0 has properties for. */
const TAGS_OF_3 = ['nofailover', 'clonefrom', 'replicatefrom'];

function memberRow(title: string, data: MemberData): Row {
  const tags = tagsOf(data);
  const tagsOf3 = Object.fromEntries(
    Object.entries(tags).map(([tag, value]) => [tag, TAGS_OF_3.includes(tag) ? value : null]),
  );
  const seen = {
    ...{ name: SELF, bound: true, data, conn_url: data.conn_url, api_url: data.api_url, state: data.state },
    ...{ running: data.state === 'running', version: data.version?.split('.').map(Number) },
    ...{ lsn: data.xlog_location ?? null, tags },
  };
  return {
    key: 'members/<name>',
    title,
    patroni: (dcs) => dcs.call('touch_member', data),
    tenure: ({ dcs }) => dcs.announce(data),
    seenByTenure: ({ members }) =>
      members.map(({ name, session, data, problem }) => ({ name, bound: session !== undefined, data, problem })),
    tenureSees: [{ name: SELF, bound: true, data, problem: undefined }],
    seenByPatroni: ({ members }) =>
      members.map(({ name, bound, data, conn_url, api_url, state, running, version, lsn, ...tags }) => ({
        ...{ name, bound, data, conn_url, api_url, state, running, version, lsn },
        tags: Object.fromEntries(Object.keys(tagsOf({})).map((tag) => [tag, tags[tag]])),
      })),
    patroniSees: [seen],
    before4: { why: '3.0 heeds three of the tags only', patroniSees: [{ ...seen, lsn: null, tags: tagsOf3 }] },
  };
}

export const memberRows: readonly Row[] = [
  memberRow('before it runs', SMALL_MEMBER),
  memberRow('every field, non-ASCII tags', FULL_MEMBER),
];
