import { globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { matrixOf, type Told } from './matrix.ts';

/**
 * All of test/interop at its full scale: each version of Patroni in each test, and 200 rounds of a race on each store.
 * Prints what docs/interop.md shows. `npm test` runs the same files, smaller.
 */
process.env.TENURE_INTEROP = 'full';
const told: Told[] = [];
const notes: string[] = [];
const files = globSync('test/interop/*.test.ts').sort();
const stream = run({ files, concurrency: 1, execArgv: ['--disable-warning=ExperimentalWarning'] });
let suite = '';
let failed = 0;
stream.on('test:start', ({ name, nesting }) => {
  if (nesting === 0) suite = name;
});
stream.on('test:pass', ({ name, nesting, details }) => {
  if (nesting === 1 && details.type !== 'suite') told.push({ suite, test: name, passed: true });
});
stream.on('test:fail', ({ name, nesting, details }) => {
  failed += 1;
  if (nesting === 1 && details.type !== 'suite') told.push({ suite, test: name, passed: false });
});
stream.on('test:diagnostic', ({ message, nesting }) => {
  if (nesting > 0) notes.push(message);
});
for await (const line of stream.compose(spec)) process.stdout.write(line);
console.log(matrixOf(told, notes));
process.exitCode = failed === 0 ? 0 : 1;
