import { conformanceOfZooKeeper } from './zookeeper.ts';

await conformanceOfZooKeeper('3.8');
