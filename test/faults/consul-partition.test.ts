import { consulBackend } from './consul.ts';
import { partition } from './outage-partition.ts';

partition(consulBackend);
