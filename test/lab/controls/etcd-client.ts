import { Etcd3 } from 'etcd3';
import type { Contest } from './control.ts';

export function etcdClient({ endpoints, login }: Contest): Etcd3 {
  return new Etcd3({
    hosts: endpoints.map((endpoint) => `http://${endpoint}`),
    ...(login === undefined ? {} : { auth: login }),
  });
}
