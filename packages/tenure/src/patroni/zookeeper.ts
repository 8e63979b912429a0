import { z } from 'zod';
import { list } from '../fields.ts';
import { PERMISSIONS, zookeeperSchema } from '../zookeeper-section.ts';
import { flag, pems, plainDespite } from './fields.ts';
import type { Translated } from './translate.ts';

const own = zookeeperSchema.shape;
const permission = z.preprocess(
  (value) => (typeof value === 'string' ? value.toUpperCase() : value),
  z.enum(PERMISSIONS, { error: PERMISSIONS.join(', ') }),
);

export const patroniZooKeeperSchema = z.object(
  {
    hosts: own.hosts,
    use_ssl: flag,
    cacert: own.cacert,
    cert: own.cert,
    key: own.key,
    key_password: own.key_password,
    verify: flag,
    set_acls: z
      .record(z.string(), list(permission, `a list of ${PERMISSIONS.join(', ')}`), {
        error: 'a mapping of permissions by principal',
      })
      .optional(),
    auth_data: own.auth_data,
    tick_time: own.tick_time,
    min_ttl: own.min_ttl,
    max_ttl: own.max_ttl,
  },
  { error: 'a mapping with hosts' },
);

type PatroniZooKeeper = z.infer<typeof patroniZooKeeperSchema>;

/** Certificates count with `use_ssl` only (kazoo). */
export function fromZooKeeper(zookeeper: PatroniZooKeeper): Translated {
  const { hosts = [], use_ssl = false, cacert, cert, key, key_password, verify, ...same } = zookeeper;
  const wrong: string[] = [];
  if (hosts.length === 0) wrong.push('zookeeper.hosts: missing; name at least one host');
  if (use_ssl && verify === false) {
    wrong.push('zookeeper.verify: false is not true: certificates are always checked; name their authority in cacert');
  }
  if (use_ssl && key_password !== undefined && cert === undefined) {
    wrong.push('zookeeper.cert: missing; zookeeper.key_password needs it');
  }
  const files = { cacert, cert, key };
  const password = key_password === undefined ? {} : { key_password };
  return {
    section: {
      ...Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined)),
      hosts,
      ...(use_ssl ? { use_ssl, ...pems(files), ...password } : {}),
    },
    wrong,
    notes: use_ssl ? [] : plainDespite(files, 'zookeeper', 'use_ssl: true'),
  };
}
