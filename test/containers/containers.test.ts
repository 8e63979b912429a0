import { after, suite, test } from 'node:test';
import { everyCase } from '../conformance/every-case.ts';
import { mayNotRunContainers } from './capability.ts';
import { DockerDaemon } from './daemon.ts';
import { recipes, startContained } from './debian.ts';
import { type KindName, kinds } from './kinds.ts';

/** Cases at a time, on one server after the other: fewer than on plain processes, since three servers and a daemon run beside. */
const CONCURRENCY = 8;

/**
 * The same programs pass every case as plain processes. A container can change how connections, time and a restart look
 * from outside: these are the cases that live on them, but for those that allow an operation a few hundred milliseconds.
 * TENURE_TEST_CONTAINERS=all runs every case.
 */
const chosen =
  process.env.TENURE_TEST_CONTAINERS === 'all'
    ? /./
    : /^(commit|guard|session|renew|watch|reset|restart)\b[^:]*: |restart|^dcs (10|11|13|14|17|22|23)\. /;

const refusal = await mayNotRunContainers();
if (refusal === undefined) await all();
else test('servers in containers', { skip: refusal }, () => undefined);

async function all(): Promise<void> {
  const daemon = await DockerDaemon.start();
  const harnesses: AsyncDisposable[] = [];
  after(async () => {
    for (const harness of harnesses) await harness[Symbol.asyncDispose]();
    await daemon.stop();
  });
  const names = Object.keys(kinds) as KindName[];
  const started = await Promise.all(
    names.map(async (name) => {
      const server = await startContained(daemon, kinds[name], recipes[name]);
      return kinds[name].harness(server, `${recipes[name].component} in a container`);
    }),
  );
  harnesses.push(...started);
  suite('containers', () => {
    for (const harness of started) everyCase(harness, { concurrency: CONCURRENCY, titles: chosen });
  });
}
