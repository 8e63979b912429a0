export type { ConsulOptions, ConsulTls } from './options.ts';
export {
  type ConsulService,
  type ConsulServiceOptions,
  type ConsulServiceUpdate,
  consulService,
} from './service.ts';
export { consul } from './store.ts';
