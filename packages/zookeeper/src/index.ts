export type { ZooKeeperOptions, ZooKeeperPermission, ZooKeeperTls } from './options.ts';
export { tryWrite, zookeeper } from './store.ts';
