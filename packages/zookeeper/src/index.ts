export type { ZooKeeperOptions, ZooKeeperPermission, ZooKeeperTls } from './options.ts';
export { zookeeper } from './store.ts';
