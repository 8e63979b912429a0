import { parseArgs } from 'node:util';
import { conformance, runSuite } from '@tenure/conformance';
import { Compose, kindOf, Lacking } from './compose.ts';
import { kinds } from './kinds.ts';

const usage = `node test/containers/main.ts [SERVICE...] [--only TEXT]
    starts the servers of test/compose.yaml with Docker, runs the conformance suite on each, and takes them down again
    SERVICE  one of compose.yaml, instead of all
    --only   only the cases whose title contains this text
Exit code 0: every case passed on every server. 1: a case failed or was skipped. 2: Docker or an argument is wrong.
`;

/** Cases at a time: as many as in the tests on plain processes. */
const CONCURRENCY = 12;

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
}

/** Whether every case passed. */
async function check(compose: Compose, service: string, only: string): Promise<boolean> {
  const server = await compose.container(service);
  await using harness = kinds[kindOf(service)].harness(server, service);
  const cases = [...conformance(harness)].filter(({ title }) => title.includes(only));
  const result = await runSuite(cases, { concurrency: CONCURRENCY, signal: interrupted.signal });
  const { passed, failed, skipped, failures } = result;
  for (const { title, error } of failures) console.log(`FAILED  ${title}\n        ${String(error)}`);
  for (const { title, skip } of cases) if (skip !== false) console.log(`skipped  ${title}: ${skip}`);
  console.log(`${service}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  return passed > 0 && failed === 0 && skipped === 0;
}

async function main(named: readonly string[], only: string): Promise<number> {
  const compose = await Compose.find();
  const all = await compose.services();
  const unknown = named.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Lacking(`compose.yaml has no ${unknown.join(', ')}; it has ${all.join(', ')}`);
  const services = named.length > 0 ? named : all;
  console.log(`starting ${services.join(', ')}; the first time their images are pulled`);
  await using started = new AsyncDisposableStack();
  // Before the start: one that failed half-way has started something too.
  started.defer(() => compose.down());
  await compose.up(services);
  let code = 0;
  for (const service of services) {
    interrupted.signal.throwIfAborted();
    if (!(await check(compose, service, only))) code = 1;
  }
  interrupted.signal.throwIfAborted();
  return code;
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string', default: '' } },
  });
  process.exitCode = await main(positionals, values.only);
} catch (error) {
  const { message, code } = error as Error & { readonly code?: string };
  const wrongUse = code?.startsWith('ERR_PARSE_ARGS') === true;
  process.stderr.write(`${message}\n${wrongUse ? usage : ''}`);
  process.exitCode = wrongUse || error instanceof Lacking ? 2 : 1;
}
