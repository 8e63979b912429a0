import { after } from 'node:test';
import { startConsul } from '../servers/index.ts';
import { consulHarness } from './consul-harness.ts';
import { everyCase } from './every-case.ts';

/** Every case on one real server, none skipped. */
const cluster = await startConsul({ fast: true });
const harness = consulHarness(cluster, 'consul 1.8');
after(async () => {
  await harness[Symbol.asyncDispose]();
  await cluster.stop();
});
everyCase(harness);
