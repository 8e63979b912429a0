import type { Server } from '../clients/connect.ts';
import { type Control, consulLock, etcdElection, zooKeeperNode } from '../lab/controls/index.ts';

export const controlNames: Readonly<Record<Server, string>> = {
  etcd: "etcd3's Election",
  consul: 'session lock',
  zookeeper: 'ephemeral node',
};

/** What a program does with the client library alone. */
export const controls: Readonly<Record<Server, Control>> = {
  etcd: etcdElection,
  consul: consulLock,
  zookeeper: zooKeeperNode,
};
