import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { goldenCases } from './golden-cases.ts';
import { clusters, stored } from './patroni-clusters.ts';
import { finished } from './tools.ts';

for (const { golden, cluster, args } of goldenCases) {
  test(`${args.join(' ')} of the cluster ${cluster} prints what patronictl prints`, async (t) => {
    const { url } = await stored(t, clusters[cluster]);
    const { code, stdout, stderr } = await finished(t, [...args, '--store', url, '--scope', 'batman']);
    assert.deepEqual([code, stderr], [0, '']);
    const expected = readFileSync(new URL(`golden/${golden}`, import.meta.url), 'utf8');
    // Python puts blanks between the parts of JSON and escapes what is not ASCII.
    if (args.includes('json')) assert.deepEqual(JSON.parse(stdout), JSON.parse(expected));
    else assert.equal(stdout, expected);
  });
}
