import { besidePatroni } from './beside.ts';
import { since4, thorough } from './scale.ts';

if (thorough.includes('etcd')) for (const version of since4) besidePatroni('etcd', version);
