import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { check } from '../src/history/check.ts';
import { encodeEvent, mergeHistories, parseHistory } from '../src/history/codec.ts';
import type { HistoryEvent } from '../src/history/event.ts';
import { acts, pauses, reads, run, sees, stands, story, suffers, term, writes } from './history-story.ts';

const uncaught: HistoryEvent = { type: 'uncaught', at: 95, client: 'a', message: 'oh' };
const all = story([
  ...[term(10, 'a', 'acquired', 1), acts('a', 1, 20, 30), writes('a', 'x', 25, 26, { after: null, token: 1 })],
  ...[reads('b', 'x', 40, 50), sees(60, 'b', 'x', { token: 1 }), stands(70, 'config', 'x')],
  ...[suffers('cut', 80, 85), pauses('b', 86, 90), [uncaught]],
]);
const text = all.map(encodeEvent).join('');

suite('histories as lines', () => {
  test('every type of event is written and read back', () => {
    assert.deepEqual(parseHistory(text, 'a.jsonl'), all);
    assert.equal(new Set(all.map(({ type }) => type)).size, 10);
  });

  test('a last line that was cut anywhere is left out, and a whole one without a line feed counts', () => {
    assert.deepEqual(parseHistory(text.slice(0, -1), 'a.jsonl'), all);
    const last = encodeEvent(uncaught).length;
    for (let cut = 2; cut <= last; cut += 1)
      assert.deepEqual(parseHistory(text.slice(0, -cut), 'a.jsonl'), all.slice(0, -1), `${cut} bytes`);
    assert.deepEqual(parseHistory('', 'a.jsonl'), []);
  });

  const bad: Record<string, RegExp> = {
    '{"type":"uncau': /^a\.jsonl:2: not JSON/,
    '': /^a\.jsonl:2: not JSON/,
    null: /^a\.jsonl:2: not an event/,
    '{"type":"toString","at":1}': /no event has the type "toString"/,
    '{"type":"pause","client":"a","from":1}': /the event has no time/,
    '{"type":"pause","at":2,"client":"a"}': /pause: from is undefined/,
    '{"type":"term","at":2,"client":"a","token":"1","event":"lost"}': /term: token is "1"/,
    '{"type":"return","at":2,"id":1,"outcome":"fine"}': /return: outcome is "fine"/,
    '{"type":"view","at":2,"client":"a","watch":"w","stale":false,"documents":{"config":1}}': /view: documents is/,
    '{"type":"call","at":2,"client":"a","id":1,"document":"config","operation":"write"}': /a write has a value/,
    '{"type":"call","at":2,"client":"a","id":1,"document":"config","operation":"read","value":"x"}': /a read has none/,
  };
  for (const [line, message] of Object.entries(bad)) {
    test(`${line || 'an empty line'} is refused, with its file and its line`, () => {
      assert.throws(() => parseHistory(`${encodeEvent(run)}${line}\n${encodeEvent(uncaught)}`, 'a.jsonl'), {
        name: 'SyntaxError',
        message,
      });
    });
  }

  test('several files become one by time; at one time they keep their order', () => {
    const [a, b, c] = [
      { ...uncaught, message: 'a' },
      { ...uncaught, message: 'b' },
      { ...uncaught, at: 1 },
    ];
    assert.deepEqual(
      mergeHistories([
        [run, a],
        [c, b],
      ]),
      [run, c, a, b],
    );
  });
});

suite('a recorder that breaks its word is told so', () => {
  const [call, reply] = writes('a', 'x', 10, 20) as [HistoryEvent, HistoryEvent];
  const wrong: Record<string, readonly [readonly HistoryEvent[], RegExp]> = {
    'no run event': [[call, reply], /begins with its run event/],
    'a second run': [[run, run], /event 1 begins another run/],
    'events out of order': [[run, uncaught, call], /event 2 is out of order: it is of 10, after 95 ms/],
    'a return without a call': [[run, reply], /a return of \d+, which was not called/],
    'two returns': [[run, call, reply, reply], /returned twice/],
    'a call told twice': [[run, call, call], /told twice/],
    'one value of two calls': [story([[call], writes('b', 'x', 10, 20)]), /two calls write x to config/],
    'a read without a value': [
      story([reads('a', 'x', 1, 2)]).map((event) =>
        event.type === 'return' ? { type: 'return', at: 2, id: event.id, outcome: 'ok' } : event,
      ),
      /answered without a value/,
    ],
  };
  for (const [title, [events, message]] of Object.entries(wrong))
    test(title, () => assert.throws(() => check(events), { message }));
});
