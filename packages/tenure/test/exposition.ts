import assert from 'node:assert/strict';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/;
const VALUE = /^(?:[+-]?Inf|NaN|[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = { histogram: ['_bucket', '_sum', '_count'] };

/**
 * A strict reader of Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), which also
 * holds each family to the rules of naming (prometheus.io/docs/practices/naming). @throws AssertionError with the line
 */
export function parseExposition(text: string): Map<string, Family> {
  assert.ok(text.endsWith('\n'), 'the last line must end with a line feed');
  const families = new Map<string, Family>();
  const helps = new Map<string, string>();
  let current: Family | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    const [, keyword, name = '', rest = ''] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`).exec(line) ?? [];
    if (keyword === 'HELP') {
      assert.ok(!helps.has(name), `a second HELP: ${line}`);
      helps.set(name, rest);
    } else if (keyword === 'TYPE') {
      assert.match(rest, /^(counter|gauge|histogram|summary|untyped)$/, line);
      assert.ok(!families.has(name), `a second TYPE, or samples apart: ${line}`);
      current = { name, type: rest, help: helps.get(name) ?? '', samples: [] };
      families.set(name, current);
    } else if (line.startsWith('#')) {
      assert.doesNotMatch(line, /^#\s*(HELP|TYPE)\b/, 'a HELP or a TYPE that is none');
    } else {
      assert.ok(current !== undefined, `a sample before its TYPE: ${line}`);
      const sample = parseSample(line);
      const suffixes = SUFFIXES[current.type] ?? [''];
      assert.ok(
        suffixes.some((suffix) => sample.name === current?.name + suffix),
        `not of ${current.name}: ${line}`,
      );
      current.samples.push(sample);
    }
  }
  for (const family of families.values()) checkFamily(family);
  return families;
}

function parseSample(line: string): Sample {
  const [, name = '', inner = '', value = ''] = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`).exec(line) ?? [];
  assert.notEqual(name, '', `no sample: ${line}`);
  assert.match(value, VALUE, line);
  const labels: Record<string, string> = {};
  let rest = inner;
  while (rest !== '') {
    const [whole, label, raw] = LABEL.exec(rest) ?? [];
    assert.ok(whole !== undefined && label !== undefined && raw !== undefined, `bad labels: ${line}`);
    assert.ok(!(label in labels), `a label twice: ${line}`);
    labels[label] = raw.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char));
    rest = rest.slice(whole.length);
  }
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

function checkFamily({ name, type, help, samples }: Family): void {
  assert.notEqual(help, '', `${name}: no HELP`);
  assert.equal(type === 'counter', name.endsWith('_total'), `${name}: _total is for counters, and for all of them`);
  assert.doesNotMatch(name, /_(ms|milliseconds|minutes|hours)(_|$)/, 'base units only');
  const series = samples.map((sample) => JSON.stringify([sample.name, Object.entries(sample.labels).sort()]));
  assert.equal(new Set(series).size, series.length, `${name}: a series twice`);
  for (const { value, labels } of samples) {
    if (type !== 'gauge') assert.ok(value >= 0, `${name} ${JSON.stringify(labels)}: ${value}`);
  }
  if (type === 'histogram') checkHistogram(name, samples);
}

/** Cumulative buckets up to `+Inf`, which is the count; a sum and a count for each set of labels. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const sets = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) =>
    JSON.stringify(Object.entries(labels).sort()),
  );
  for (const [labels, own] of sets) {
    const of = (suffix: string) => own.filter((sample) => sample.name === name + suffix);
    const buckets = of('_bucket').map(
      ({ labels: { le = '' }, value }) => [Number(le.replace('Inf', 'Infinity')), value] as const,
    );
    assert.deepEqual(
      buckets,
      buckets.toSorted(([a], [b]) => a - b),
      `${name} ${labels}: buckets out of order`,
    );
    buckets.reduce((last, [, value]) => {
      assert.ok(value >= last, `${name} ${labels}: buckets are not cumulative`);
      return value;
    }, 0);
    assert.deepEqual(
      of('_count').map(({ value }) => [Infinity, value]),
      buckets.slice(-1),
      `${name} ${labels}: +Inf is the count`,
    );
    assert.equal(of('_sum').length, 1, `${name} ${labels}: one sum`);
  }
}

/** The value of the one series with just these labels among its own; `undefined` when there is none. */
export function sampled(
  families: Map<string, Family>,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const samples = [...families.values()].flatMap((family) => family.samples).filter((sample) => sample.name === name);
  const found = samples.filter((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  assert.ok(found.length <= 1, `${name} ${JSON.stringify(labels)}: ${found.length} series`);
  return found[0]?.value;
}
