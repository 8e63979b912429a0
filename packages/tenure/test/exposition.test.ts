import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExposition, sampled } from './exposition.ts';

const HEAD = '# HELP a_total What it is.\n# TYPE a_total counter\n';
const BUCKETS = '# HELP h_seconds What it is.\n# TYPE h_seconds histogram\n';

test('the reader of metrics takes what is right', () => {
  const families = parseExposition(`# Anything else is a comment.\n${HEAD}a_total{x="\\"\\\\\\n}é,y=",z="2"} 1.5e3\n`);
  assert.equal(sampled(families, 'a_total', { x: '"\\\n}é,y=', z: '2' }), 1500);
  const rest = 'h_seconds_sum 1\nh_seconds_count 2\n';
  parseExposition(`${BUCKETS}h_seconds_bucket{le="1"} 1\nh_seconds_bucket{le="+Inf"} 2\n${rest}`);
});

for (const [what, text, expected] of [
  ['no line feed at the end', `${HEAD}a_total 1`, /line feed/],
  ['a sample before its TYPE', 'a_total 1\n', /before its TYPE/],
  ['families that are mixed', `${HEAD}b_total 1\n`, /not of a_total/],
  ['a family in two places', `${HEAD}a_total 1\n# TYPE a_total counter\n`, /a second TYPE/],
  ['a TYPE of a name that is none', '# TYPE a-b counter\n', /that is none/],
  ['no HELP', '# TYPE a_total counter\na_total 1\n', /no HELP/],
  ['a counter without _total', '# HELP a It.\n# TYPE a counter\na 1\n', /_total is for counters/],
  ['a gauge with _total', '# HELP a_total It.\n# TYPE a_total gauge\na_total 1\n', /_total is for counters/],
  ['milliseconds', '# HELP a_ms It.\n# TYPE a_ms gauge\na_ms 1\n', /base units/],
  ['a quote that is not escaped', `${HEAD}a_total{x="a"b"} 1\n`, /bad labels/],
  ['a value that is none', `${HEAD}a_total one\n`, /a_total one/],
  ['a series twice', `${HEAD}a_total{x="1"} 1\na_total{x="1"} 2\n`, /a series twice/],
  ['a counter below zero', `${HEAD}a_total -1\n`, /-1/],
  [
    'buckets that are not cumulative',
    `${BUCKETS}h_seconds_bucket{le="1"} 2\nh_seconds_bucket{le="+Inf"} 1\n`,
    /cumulative/,
  ],
  [
    'buckets without +Inf',
    `${BUCKETS}h_seconds_bucket{le="1"} 2\nh_seconds_sum 1\nh_seconds_count 2\n`,
    /is the count/,
  ],
] as const) {
  test(`the reader of metrics refuses ${what}`, () => {
    assert.throws(() => parseExposition(text), expected);
  });
}
