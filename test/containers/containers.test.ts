import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { conformance } from '@tenure/conformance';
import { mayNotRunContainers } from './capability.ts';
import { DockerDaemon } from './daemon.ts';
import { recipes, startContained } from './debian.ts';
import { kinds } from './kinds.ts';

const refusal = await mayNotRunContainers();
if (refusal !== undefined) console.log(refusal);
const t0 = performance.now();
const lap = (s: string) => console.log(s, Math.round(performance.now() - t0));
const daemon = await DockerDaemon.start();
lap('daemon');
after(async () => {
  await daemon.stop();
  lap('stopped');
});
for (const name of (process.env.KINDS ?? 'etcd,consul,zookeeper').split(',') as ('etcd' | 'consul' | 'zookeeper')[]) {
  const container = await startContained(daemon, kinds[name], recipes[name]);
  lap(name);
  const harness = kinds[name].harness(container, `${name} in a container`);
  after(() => harness[Symbol.asyncDispose]());
  const cases = [...conformance(harness)].filter((c) => new RegExp(process.env.ONLY ?? '').test(c.title));
  suite(harness.name, { concurrency: Number(process.env.C ?? 12) }, () => {
    for (const { title, skip, run } of cases) test(title, { skip }, run);
  });
  assert.ok(cases.length);
}
