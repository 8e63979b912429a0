import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { file } from '@tenure/embedded';
import { folder } from './tools.ts';

/** Path below the scope to value, as Patroni 4.1 stores them. */
export type Keys = Readonly<Record<string, string>>;

const END = 100_663_648;
const MB = 2 ** 20;

function member(number: number, fields: Record<string, unknown>): string {
  const host = `10.0.0.${number}`;
  const { port = 5432, state = 'running', role = 'replica', timeline = 3, tags, ...rest } = fields;
  return JSON.stringify({
    conn_url: `postgres://${host}:${port}/postgres`,
    api_url: `http://${host}:8008/patroni`,
    state,
    role,
    version: '4.1.5',
    ...(tags === undefined ? {} : { tags }),
    ...rest,
    timeline,
  });
}

const small: Keys = {
  initialize: '7412345678901234567',
  config:
    '{"ttl":30,"loop_wait":10,"postgresql":{"use_pg_rewind":true,"parameters":{"max_connections":100,"application_name":"é"},"pg_hba":["local all all trust","host all all 0.0.0.0/0 md5"]}}',
  status: `{"optime":${END},"slots":{"pg2":${END}}}`,
  history:
    '[[1,25623960,"no recovery target specified","2026-11-22T10:00:00+00:00","pg2"],[2,50331808,"before 9000000","2026-11-22T11:00:00+00:00"],[3,7,"r"]]',
  leader: 'pg1',
  'members/pg1': member(1, { role: 'primary', xlog_location: END }),
  'members/pg2': member(2, {
    tags: { nofailover: false, clonefrom: true },
    xlog_location: END - 648,
    receive_lsn: END - 648,
    replay_lsn: END - 3 * MB,
    replication_state: 'streaming',
  }),
};

const large: Keys = {
  ...small,
  config: '{"ttl":30,"synchronous_mode":true,"pause":true}',
  sync: '{"leader":"pg1","quorum":0,"sync_standby":"PG2"}',
  failover: '{"leader":"pg1","member":"pg2","scheduled_at":"2030-01-01T00:00:00+00:00"}',
  'members/pg3': member(3, {
    tags: { replicatefrom: 'pg2', zone: 'é', clonefrom: true },
    pending_restart: true,
    pending_restart_reason: {
      max_connections: { old_value: '100', new_value: '200' },
      shared_preload_libraries: { old_value: 'x'.repeat(40), new_value: 'y'.repeat(40) },
    },
    // Half a megabyte more than two: Python rounds to the even one.
    xlog_location: END - 2.5 * MB,
    replication_state: 'streaming',
    scheduled_restart: { schedule: '2030-01-01T00:00:00+00:00', postgres_version: '15.4' },
  }),
  'members/pg4': member(4, { port: 5433, xlog_location: END, replication_state: 'in archive recovery', timeline: 2 }),
  'members/pg5': member(5, { state: 'stopped', timeline: undefined }),
};

function without(keys: Keys, ...names: readonly string[]): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([name]) => !names.includes(name)));
}

function inGroups(...groups: readonly number[]): Keys {
  const all = groups.flatMap((group) =>
    Object.entries(small).map(([path, value]) => {
      const named = path === 'leader' || path.startsWith('members/');
      const rename = (text: string) => text.replace('pg', `pg${group}`).replaceAll('10.0.', `10.${group}.`);
      return named ? [`${group}/${rename(path)}`, rename(value)] : [`${group}/${path}`, value];
    }),
  );
  return { ...Object.fromEntries(all), '1/config': '{"pause":true}' };
}

export const clusters = {
  small,
  large,
  leaderless: without(large, 'leader', 'failover'),
  quorum: {
    ...small,
    config: '{"synchronous_mode":"quorum"}',
    sync: '{"leader":"pg1","quorum":1,"sync_standby":"pg2"}',
  },
  standby: {
    ...small,
    config: '{"standby_cluster":{"host":"h"}}',
    'members/pg1': member(1, { role: 'standby_leader', xlog_location: END, replication_state: 'streaming' }),
  },
  oneHost: { ...small, 'members/pg2': small['members/pg2']?.replace('10.0.0.2:5432', '10.0.0.1:5432') ?? '' },
  citus: inGroups(0, 1, 10),
  initializing: { initialize: '' },
  empty: {},
} satisfies Record<string, Keys>;

/** A store of the test's own that holds these keys under `/service/batman/`, as a URL. */
export async function stored(t: TestContext, keys: Keys): Promise<{ readonly url: string; readonly path: string }> {
  const path = join(await folder(t), 'store.db');
  const store = file(path);
  // It outlives the store that opened it, and every command that looks.
  const session = await store.openSession(120_000);
  for (const [name, value] of Object.entries(keys)) {
    const isBound = /(^|\/)(leader|members\/.*)$/.test(name);
    const put = { type: 'put' as const, key: `/service/batman/${name}`, value, ...(isBound ? { session } : {}) };
    await store.commit({ guards: [], writes: [put] });
  }
  await store.close();
  return { url: `embedded://${path}`, path };
}
