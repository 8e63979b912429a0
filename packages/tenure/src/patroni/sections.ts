import { isObject } from '../document-text.ts';

/** The sections that a store is chosen by, in Patroni; of these Tenure has the first three. */
export const STORES = ['etcd3', 'consul', 'zookeeper'] as const;
export const OTHER_STORES = ['etcd', 'exhibitor', 'kubernetes', 'raft'] as const;

/** Sections that a patroni.yml has and a configuration of Tenure's own has not. */
const PATRONIS = ['bootstrap', 'citus', 'ctl', 'etcd3', 'exhibitor', 'kubernetes', 'postgresql', 'raft', 'restapi'];

/** Whether a file is a `patroni.yml`, or a `patronictl.yaml`. */
export function isPatroni(value: unknown): boolean {
  return isObject(value) && PATRONIS.some((section) => Object.hasOwn(value, section));
}
