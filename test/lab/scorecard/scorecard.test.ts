import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { encodeEvent, type HistoryEvent } from '@tenure/conformance';
import { temporaryFolder } from '../../servers/folder.ts';
import { openGround } from '../ground/index.ts';
import { contest } from './contest.ts';
import { EventFile } from './event-file.ts';
import { failuresOf } from './expectations.ts';
import { numbered } from './numbered.ts';
import { page } from './page.ts';
import { publish } from './publish.ts';
import { readme } from './readme.ts';
import { takeoversIn, windowIn } from './reigns.ts';
import { merged, type Result, rowsOf } from './results.ts';
import { timeline } from './timeline.ts';
import { tracksOf } from './tracks.ts';

const run: HistoryEvent = {
  ...{ type: 'run', at: 0, store: 'etcd', client: 'tenure', seed: 's', ttl: 1000 },
  ...{ staleAfter: 1, leaderWithin: 1, grace: 0 },
};
const act = (client: string, token: number, from: number, to: number): HistoryEvent => ({
  ...{ type: 'act', at: to, client, token, from, to, count: 9, paused: 0 },
});
const term = (client: string, token: number, event: 'acquired' | 'renewed' | 'lost', at: number, until?: number) =>
  ({ type: 'term', at, client, token, event, ...(until === undefined ? {} : { until }) }) as const;
const leader = (at: number, value: string | null): HistoryEvent => ({ type: 'state', at, key: 'leader', value });

/** a's line is cut at 500; it acts until `last`, and b from 1600 on. */
const story = (last: number): HistoryEvent[] => [
  run,
  ...[leader(100, 'a'), term('a', 1, 'acquired', 110, 1000), act('a', 1, 110, 500)],
  { type: 'fault', at: 500, id: 1, phase: 'begin', fault: 'cut', target: 'a' },
  ...[act('a', 1, 501, last), term('a', 1, 'lost', last + 50)],
  ...[leader(1500, null), leader(1550, 'b'), term('b', 2, 'acquired', 1600, 2600), act('b', 2, 1600, 2400)],
  { type: 'fault', at: 2300, id: 1, phase: 'end', fault: 'cut', target: 'a' },
];

/** Throws unless every element is closed in order. */
function assertWellFormed(markup: string): void {
  const open: string[] = [];
  for (const [tag, close, name, self] of markup.matchAll(/<(\/?)([a-z0-9]+)(?:\s[a-zA-Z0-9:-]+="[^"<]*")*(\/?)>/g)) {
    if (close === '/') assert.equal(open.pop(), name, tag);
    else if (self !== '/' && name !== 'meta') open.push(name as string);
  }
  assert.deepEqual(open, []);
  const text = markup.replace('<!doctype html>', '').replace(/<\/?[a-z0-9]+(?:\s[a-zA-Z0-9:-]+="[^"<]*")*\/?>/g, '');
  assert.doesNotMatch(text, /[<]|&(?!(?:amp|lt|gt|quot|#39);)/);
}

suite('tracks', () => {
  test('what lasts is told by what happens', () => {
    const tracks = tracksOf(story(900), 5);
    assert.equal(tracks.zero, 500);
    assert.deepEqual(tracks.leader, [
      { name: 'a', from: 100, to: 1500 },
      { name: 'b', from: 1550, to: 2400 },
    ]);
    assert.deepEqual(tracks.faults, [{ name: 'cut: a', from: 500, to: 2300 }]);
    assert.deepEqual(tracks.overlaps, []);
    const [a, b] = tracks.clients;
    assert.deepEqual(a?.acts, [{ token: 1, from: 110, to: 900 }], 'acts that follow each other are one');
    assert.deepEqual(a?.leases, [{ token: 1, from: 110, to: 950 }]);
    assert.deepEqual(b?.leases, [{ token: 2, from: 1600, to: 2400 }]);
  });

  test('a lease whose holder hears of its end too late ended at its deadline', () => {
    const events = [
      run,
      term('a', 1, 'acquired', 10, 1000),
      term('a', 1, 'renewed', 300, 1300),
      term('a', 1, 'lost', 5000),
    ];
    assert.deepEqual(tracksOf(events, 0).clients[0]?.leases, [{ token: 1, from: 10, to: 1300 }]);
  });

  test('who does not run does not act', () => {
    const pause: HistoryEvent = { type: 'pause', at: 800, client: 'a', from: 200 };
    const spans = tracksOf([run, pause, act('a', 1, 100, 900)], 0).clients[0];
    assert.deepEqual(spans?.acts, [
      { token: 1, from: 100, to: 200 },
      { token: 1, from: 800, to: 900 },
    ]);
    assert.deepEqual(spans?.pauses, [{ from: 200, to: 800 }]);
  });

  test('a term that acts after the first act of a later one overlaps it', () => {
    assert.deepEqual(tracksOf(story(2000), 5).overlaps, [{ from: 1600, to: 2000 }]);
  });
});

test('the terms of a control are numbered over its processes in the order in which they were won', () => {
  const events = [
    term('b', 2001, 'acquired', 5),
    act('b', 2001, 5, 8),
    term('a', 1001, 'acquired', 9),
    act('a', 1001, 9, 10),
  ];
  assert.deepEqual(
    numbered(events).map((event) => 'token' in event && event.token),
    [1, 1, 2, 2],
  );
});

test('the window is from the first act of a term to the last of any before it', () => {
  assert.deepEqual(
    [windowIn(story(900)), windowIn(story(2000)), windowIn([run, act('a', 1, 0, 9)])],
    [-700, 400, undefined],
  );
  assert.equal(windowIn([act('a', 1, 0, 900), act('b', 2, 100, 200), act('c', 3, 300, 400)]), 800);
});

suite('takeovers', () => {
  const won = story(900);
  test('from when the key went to the first act of the next', () => {
    assert.deepEqual(takeoversIn(won), [100]);
  });

  test('a key that passed to the next at once went then; one that was seen to go too late took no time', () => {
    const direct = won.filter((event) => !(event.type === 'state' && event.value === null));
    assert.deepEqual(takeoversIn(direct), [50]);
    const late = won.map((event) =>
      event.type === 'state' && event.at >= 1500 ? { ...event, at: event.at + 150 } : event,
    );
    assert.deepEqual(takeoversIn(late), [0]);
  });

  test('after a release, and for an office that the server never let go of, there is none', () => {
    const released: HistoryEvent = { type: 'term', at: 905, client: 'a', token: 1, event: 'released' };
    assert.deepEqual(takeoversIn([...won, released]), []);
    assert.deepEqual(takeoversIn([run, leader(100, 'a'), act('a', 1, 110, 500), act('a', 2, 700, 900)]), []);
  });
});

test('a file of events is read on from where it was read to, in whole lines', async () => {
  await using cleanup = new AsyncDisposableStack();
  const { path } = cleanup.adopt(await temporaryFolder('tenure-scorecard-test-'), (it) => it.remove());
  const name = join(path, 'events.jsonl');
  const file = new EventFile(name);
  assert.deepEqual(file.events, []);
  const [first, second] = [act('ä', 1, 0, 9), act('b', 2, 10, 19)];
  const line = Buffer.from(encodeEvent(second));
  appendFileSync(name, Buffer.concat([Buffer.from(encodeEvent(first)), line.subarray(0, 7)]));
  assert.deepEqual(file.events, [first]);
  appendFileSync(name, line.subarray(7));
  assert.deepEqual(file.events, [first, second]);
});

suite('timeline', () => {
  test('a picture is well-formed, says what happened, and is the same for the same history', () => {
    const draw = () =>
      timeline('cut', [
        { title: 'ours', history: story(900) },
        { title: 'theirs', history: story(2000) },
      ]);
    const picture = draw();
    assertWellFormed(picture);
    assert.match(picture, />never two leaders</);
    assert.match(picture, />two leaders for 400 ms</);
    assert.match(picture, /prefers-color-scheme: dark/);
    assert.doesNotMatch(picture, /<script|NaN|Infinity|undefined/);
    assert.equal(draw(), picture);
  });

  test('text is escaped', () => {
    const nasty = `<script>&"'\u0007`;
    const events = story(900).map((event) =>
      'client' in event && event.type !== 'run' ? { ...event, client: nasty } : event,
    );
    const picture = timeline(nasty, [{ title: nasty, history: events }]);
    assertWellFormed(picture);
    assert.doesNotMatch(picture, /<script/);
    assert.match(picture, /&lt;script&gt;&amp;&quot;&#39;\ufffd/);
  });

  for (const [name, history] of [
    ['without events', []],
    ['of a run in which nothing happened', [run]],
    ['without a fault', story(900).filter(({ type }) => type !== 'fault')],
  ] as const) {
    test(`a history ${name} has a picture`, () => {
      const picture = timeline('t', [{ title: 'p', history }]);
      assertWellFormed(picture);
      assert.doesNotMatch(picture, /NaN|Infinity|undefined/);
    });
  }
});

suite('table and page', () => {
  const result = (
    client: Result['client'],
    fault: Result['fault'],
    figures: Partial<Result['figures']> = {},
  ): Result => ({
    ...{ store: 'etcd', fault, client, run: 1, seed: 's', ttl: 3000, violations: [] },
    figures: {
      ...{ operations: 10, unknownOutcomes: 0, faults: 1, terms: 2, twoLeaderWindow: -40, needlessDemotions: 0 },
      ...{ lostWrites: 0, unannouncedStaleViews: 0, takeovers: [12.2, 3] },
      ...figures,
    },
  });

  test('a row has the worst window, the sums, and the median and the longest takeover of its runs', () => {
    const runs = [
      result('tenure', 'cut'),
      { ...result('tenure', 'cut', { twoLeaderWindow: 7, lostWrites: 2 }), run: 2 },
    ];
    const [row] = rowsOf(runs);
    assert.deepEqual([row?.runs, row?.twoLeaders, row?.lostWrites, row?.takeover], [2, 7, 2, { p50: 3, max: 12.2 }]);
  });

  test('what nobody took over has no window', () => {
    const { twoLeaderWindow: _, ...others } = result('tenure', 'delay').figures;
    const rows = rowsOf([
      { ...result('tenure', 'delay'), figures: { ...others, twoLeaderWindow: undefined, takeovers: [] } },
    ]);
    assert.match(readme(rows), /\| Tenure \| – \| 0 \| 0 \| 0 \| – \|/);
  });

  test('ours fails by a window, a lost write, a stale view, and by any rule that it broke', () => {
    const broken: readonly Partial<Result['figures']>[] = [
      { twoLeaderWindow: 1 },
      { lostWrites: 1 },
      { unannouncedStaleViews: 1 },
    ];
    for (const figures of broken) assert.equal(failuresOf(rowsOf([result('tenure', 'cut', figures)])).length, 1);
    const violations = [{ rule: 'tokens', at: 1, message: 'used twice' }] as const;
    assert.match(failuresOf(rowsOf([{ ...result('tenure', 'cut'), violations }])).join(), /tokens: used twice/);
    assert.deepEqual(failuresOf(rowsOf([result('tenure', 'cut')])), []);
  });

  test('after an administrator took the office away, ours may act until a renewal is due, and no longer', () => {
    assert.deepEqual(failuresOf(rowsOf([result('tenure', 'delete', { twoLeaderWindow: 700 })])), []);
    assert.equal(failuresOf(rowsOf([result('tenure', 'delete', { twoLeaderWindow: 3000 })])).length, 1);
  });

  test('a control that passes where it must fail is a failure, and said in words', () => {
    const passes = rowsOf([result('etcd-election', 'cut')]);
    assert.equal(failuresOf(passes).length, 1);
    assert.match(readme(passes), /etcd3’s Election: passed everywhere, though it is known to fail/);
    const fails = rowsOf([result('etcd-election', 'cut', { twoLeaderWindow: 4711.2 })]);
    assert.deepEqual(failuresOf(fails), []);
    assert.match(readme(fails), /\*\*4,712\*\*/);
    assert.deepEqual(failuresOf(rowsOf([result('leader-election-etcd', 'cut')])), []);
  });

  test('what is measured anew takes the place of what was measured before, and of nothing else', () => {
    const before = [result('tenure', 'cut'), { ...result('tenure', 'cut'), run: 2 }, result('tenure', 'mute')];
    const all = merged(before, [result('tenure', 'cut', { operations: 99 })]);
    assert.deepEqual(
      all.map(({ fault, run: which, figures }) => [fault, which, figures.operations]),
      [
        ['cut', 1, 99],
        ['mute', 1, 10],
      ],
    );
  });

  test('the page is well-formed, also when it is empty', () => {
    const rows = rowsOf([result('tenure', 'cut')]);
    const pictures = new Map([['etcd-cut.svg', timeline('t', [{ title: 'ours', history: story(900) }])]]);
    assertWellFormed(page(rows, pictures));
    assertWellFormed(page([], new Map()));
  });
});

test('a cut on an embedded store: ours and the control, side by side, from processes to page', async () => {
  await using cleanup = new AsyncDisposableStack();
  const { path } = cleanup.adopt(await temporaryFolder('tenure-scorecard-test-'), (it) => it.remove());
  const ground = cleanup.use(await openGround({ store: 'embedded', nodes: 1 }));
  const histories = join(path, 'histories');
  mkdirSync(histories);
  const contests = await contest(ground, { fault: 'cut', run: 1, folder: histories });
  const out = join(path, 'scorecard');
  const rows = publish(out, contests);
  assert.deepEqual(
    rows.map(({ client }) => client),
    ['tenure', 'leader-election-embedded'],
  );
  assert.deepEqual(failuresOf(rows), []);
  for (const { twoLeaders } of rows) assert.equal(twoLeaders, 0, 'somebody took over, and nobody acted beside him');
  assert.deepEqual(readdirSync(out).sort(), ['README.md', 'embedded-cut.svg', 'index.html', 'scorecard.json']);
  const files = () => readdirSync(out).map((name) => readFileSync(join(out, name), 'utf8'));
  const written = files();
  for (const text of written) assert.doesNotMatch(text, /\/(?:tmp|home|work|root)\//);
  assertWellFormed(readFileSync(join(out, 'embedded-cut.svg'), 'utf8'));
  publish(out, contests);
  assert.deepEqual(files(), written, 'the same histories give the same files');
});
