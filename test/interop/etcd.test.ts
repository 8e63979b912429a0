import { after } from 'node:test';
import { Ground } from './ground.ts';
import { keysBothWays } from './keys.ts';
import { looksAlike } from './looks.ts';
import { versions } from './patroni.ts';
import { races } from './races.ts';

const ground = await Ground.start('etcd');
after(() => ground[Symbol.asyncDispose]());
for (const version of versions) keysBothWays(ground, version);
races(ground);
looksAlike(ground);
