/** The sections that a store is chosen by, in Patroni; of these Tenure has the first three. */
export const STORES = ['etcd3', 'consul', 'zookeeper'] as const;
export const OTHER_STORES = ['etcd', 'exhibitor', 'kubernetes', 'raft'] as const;

/** Sections that a patroni.yml has and a configuration of Tenure's own has not. */
const PATRONIS = [
  'bootstrap',
  'citus',
  'ctl',
  'etcd3',
  'exhibitor',
  'kubernetes',
  'log',
  'postgresql',
  'raft',
  'restapi',
  'tags',
  'watchdog',
];

/** Whether there is a section that only a `patroni.yml` has, or a `patronictl.yaml`. */
export function hasSection(config: Readonly<Record<string, unknown>>): boolean {
  return PATRONIS.some((section) => Object.hasOwn(config, section));
}
