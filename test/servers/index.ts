export type { Certificates, KeyPair, LeafOptions } from './certs.ts';
export { type EtcdCluster, startEtcd } from './etcd.ts';
export type { EtcdNode } from './etcd-node.ts';
export type { EtcdOptions, EtcdVersion } from './etcd-options.ts';
export { install, relock } from './install.ts';
