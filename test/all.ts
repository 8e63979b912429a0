import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/**
 * The whole check: types, lint, packages as they would be published, unit tests, conformance on every store, the command.
 * Prints `N passed, N failed` alone on the last line; a step that is no test counts as one.
 */
const tally = { passed: 0, failed: 0 };
/** What this machine cannot do, each with its reason, told before the last line. */
const skipped: string[] = [];
/** What failed and why, told once more at the end, where a reader of a long log begins. */
const failures: string[] = [];

/** What most tests start, and the Java that a machine without one would use. Docker and Chromium are fetched by the tests that want them. */
const components = [
  ...['etcd-3.4', 'etcd-3.5', 'consul-1.8', 'zookeeper-3.8', 'zookeeper-3.9', 'jre-17'],
  ...['patroni-4.0', 'patroni-4.1', 'patroni-python', 'postgresql-15'],
];

/** A command that is right when it exits with 0. */
async function step(name: string, command: string, ...args: string[]): Promise<void> {
  const start = performance.now();
  const child = spawn(command, args, { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  tally[code === 0 ? 'passed' : 'failed'] += 1;
  console.log(`${code === 0 ? '✔' : '✖'} ${name} (${seconds(start)})`);
}

/** Test files, so many at a time. Servers and lease timings share two cores, hence the small numbers. */
async function tests(name: string, patterns: string[], concurrency: number): Promise<void> {
  const start = performance.now();
  const files = globSync(patterns, { exclude: ['**/node_modules/**'] }).sort();
  if (files.length === 0) throw new Error(`${name}: no test file matches ${patterns.join(' ')}`);
  const before = { ...tally };
  const stream = run({ files, concurrency, execArgv: ['--disable-warning=ExperimentalWarning'] });
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite') return;
    if (event.skip === undefined) tally.passed += 1;
    else skipped.push(`${event.name}: ${event.skip}`);
  });
  stream.on('test:fail', (event) => {
    if (event.details.type === 'suite') return;
    tally.failed += 1;
    failures.push(`${name}: ${event.name}: ${String(event.details.error.cause ?? event.details.error)}`);
  });
  for await (const line of stream.compose(spec)) process.stdout.write(line);
  console.log(
    `${name}: ${tally.passed - before.passed} passed, ${tally.failed - before.failed} failed (${seconds(start)})`,
  );
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

await step('types', 'tsc', '-b', 'test');
await step('lint', 'biome', 'check', '--error-on-warnings', '.');
await step('packed packages', 'node', 'test/packed.ts');
await step('servers', 'node', 'test/servers/main.ts', 'install', ...components);

// Next to no waiting: what two cores can do.
await tests('core', ['packages/core/test/*.test.ts', 'test/core/*.test.ts'], 2);
await tests('embedded', ['packages/embedded/test/*.test.ts'], 1);
await tests('suite', ['packages/conformance/test/*.test.ts'], 2);
// Servers that start, and clients that wait for them.
await tests('servers', ['test/servers/*.test.ts'], 2);
await tests('adapters', ['packages/{etcd,consul,zookeeper}/test/*.test.ts'], 2);
// Each file runs a dozen cases at a time.
await tests('conformance', ['test/conformance/*.test.ts'], 1);
await tests('containers', ['test/containers/*.test.ts'], 1);
// Elections and leases that run out: next to nothing but waiting.
await tests('faults', ['test/faults/*.test.ts'], 3);
// Patroni itself, out of Debian's packages, on every store.
await tests('interop', ['test/interop/*.test.ts'], 2);
await tests('command', ['packages/tenure/test/*.test.ts'], 3);
// A browser, the page's server, now and then a store.
await tests('page', ['test/ui/*.test.ts'], 1);
await tests('laboratory', ['test/lab/**/*.test.ts'], 2);

for (const failure of failures) console.log(`failed: ${failure}`);
for (const test of skipped) console.log(`skipped: ${test}`);
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;
