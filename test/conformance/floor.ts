import { conformance, runSuite } from '@tenure/conformance';
import { startConsul } from '../servers/index.ts';
import { consulHarness } from './consul-harness.ts';

/**
 * Every case on a Consul that grants no session of less than 10 s, which is its default and makes the shortest ttl 20 s: takes
 * minutes where the tests take seconds. Prints what failed, and the sums on the last line.
 */
const began = performance.now();
await using cluster = await startConsul();
await using harness = consulHarness(cluster, 'consul 1.8, its own least ttl', { ttl: 20_000, sessionTtlMin: 10_000 });
const { passed, failed, skipped, failures } = await runSuite(conformance(harness), {
  onResult: ({ title, outcome, duration }) => {
    if (outcome !== 'passed' || duration > harness.ttl)
      console.log(`${outcome}  ${(duration / 1000).toFixed(1)} s  ${title}`);
  },
});
for (const { title, error } of failures) console.log(`${title}\n`, error);
const took = ((performance.now() - began) / 1000).toFixed(0);
console.log(`${harness.name}: ${passed} passed, ${failed} failed, ${skipped} skipped (${took} s)`);
process.exitCode = failed === 0 && skipped === 0 ? 0 : 1;
