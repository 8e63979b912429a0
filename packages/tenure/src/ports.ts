/** On which each store's servers answer, unless they are told otherwise. */
export const PORTS = { etcd: 2379, consul: 8500, zookeeper: 2181 } as const;
