export type { EtcdOptions, EtcdTls } from './options.ts';
export { etcd } from './store.ts';
