import { conformanceOfEtcd } from './etcd.ts';

await conformanceOfEtcd('3.5');
