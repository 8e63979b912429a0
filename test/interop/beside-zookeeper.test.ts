import { besidePatroni } from './beside.ts';
import { since4 } from './scale.ts';

for (const version of since4) besidePatroni('zookeeper', version);
