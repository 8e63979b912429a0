import { besidePatroni } from './beside.ts';
import { since4, thorough } from './scale.ts';

if (thorough.includes('zookeeper')) for (const version of since4) besidePatroni('zookeeper', version);
