import { partition } from './outage-partition.ts';
import { zookeeperBackend } from './zookeeper.ts';

/** In a file of its own: six servers at a time would be too many for two cores. */
partition(zookeeperBackend('3.9'));
