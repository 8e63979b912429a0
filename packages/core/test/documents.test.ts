import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ConfigDocument, configCodec } from '../src/documents/config.ts';
import { type FailoverRequest, failoverCodec, isFailoverRequested } from '../src/documents/failover.ts';
import { failsafeCodec } from '../src/documents/failsafe.ts';
import { historyCodec, timelineOf } from '../src/documents/history.ts';
import { initializeCodec } from '../src/documents/initialize.ts';
import { memberEncoding } from '../src/documents/member.ts';
import { normaliseStatus, type Status, statusCodec } from '../src/documents/status.ts';
import { isSyncStandby, type SyncState, syncCodec } from '../src/documents/sync.ts';

const midnight = new Date('2030-01-01T00:00:00Z');

suite('config', () => {
  test('any JSON object, in its own order', () => {
    const raw = '{"ttl":30,"loop_wait":10,"postgresql":{"use_slots":true}}';
    const { value, problem } = configCodec.decode(raw);
    assert.equal(problem, undefined);
    assert.equal(configCodec.encode(value as ConfigDocument), raw);
  });

  for (const raw of ['{', '[]', '', 'null', '1']) {
    test(`case 50: ${JSON.stringify(raw)} is no config`, () => {
      assert.deepEqual(configCodec.decode(raw), { value: undefined, problem: 'config is not a JSON object' });
    });
  }

  test('case 50: {} is a config with a warning, since Patroni overwrites it', () => {
    const { value, problem } = configCodec.decode('{}');
    assert.deepEqual(value, {});
    assert.match(problem ?? '', /overwrites/);
  });

  test('anything but an object is refused', () => {
    assert.throws(() => configCodec.encode([] as never), /^TypeError: config: must be a JSON object, got an array$/);
  });
});

suite('sync', () => {
  for (const [title, value, raw] of [
    ['case 8: no standbys', { leader: 'a', quorum: 0, standbys: [] }, '{"leader":"a","quorum":0,"sync_standby":null}'],
    [
      'case 7: standbys in order',
      { leader: 'a', quorum: 1, standbys: ['c', 'b'] },
      '{"leader":"a","quorum":1,"sync_standby":"b,c"}',
    ],
    [
      'case 7: standbys in the order of Python, by code points',
      { leader: 'a', quorum: 0, standbys: ['b', '\u{1f600}', '\uff41', 'B', 'ab', 'a'] },
      '{"leader":"a","quorum":0,"sync_standby":"B,a,ab,b,\\uff41,\\ud83d\\ude00"}',
    ],
    ['nobody', { leader: null, quorum: 0, standbys: [] }, '{"leader":null,"quorum":0,"sync_standby":null}'],
  ] as const) {
    test(`${title}: ${raw}`, () => {
      assert.equal(syncCodec.encode(value), raw);
      const decoded = syncCodec.decode(raw);
      assert.equal(decoded.problem, undefined);
      assert.deepEqual(new Set(decoded.value?.standbys), new Set(value.standbys));
    });
  }

  for (const [raw, quorum] of [
    ['{"leader":"a","quorum":"2","sync_standby":"b"}', 2],
    ['{"leader":"a","quorum":null,"sync_standby":"b"}', 0],
    ['{"leader":"a","sync_standby":"b"}', 0],
    ['{"leader":"a","quorum":"x","sync_standby":"b"}', undefined],
    ['{"leader":"a","quorum":1.5}', undefined],
  ] as const) {
    test(`case 56: the quorum of ${raw} is ${quorum}`, () => {
      const { value, problem } = syncCodec.decode(raw);
      assert.equal(value?.quorum, quorum);
      assert.equal(problem === undefined, quorum !== undefined);
    });
  }

  test('case 57: names are trimmed, blanks dropped, and compared whatever their case', () => {
    const { value } = syncCodec.decode('{"leader":"L","quorum":0,"sync_standby":"A, b ,"}');
    assert.deepEqual(value?.standbys, ['A', 'b']);
    assert.equal(isSyncStandby(value, 'B'), true);
    assert.equal(isSyncStandby(value, 'L'), false);
    assert.equal(isSyncStandby(undefined, 'b'), false);
  });

  test('what clearing leaves, and a state without a leader, name nobody', () => {
    const nobody = { value: { leader: null, quorum: 0, standbys: [] } };
    assert.deepEqual(syncCodec.decode(syncCodec.empty ?? ''), nobody);
    assert.deepEqual(syncCodec.decode('{"leader":null,"quorum":"x","sync_standby":"a"}'), nobody);
  });

  for (const [value, message] of [
    [{ leader: 'a', quorum: -1, standbys: [] }, /^TypeError: sync\.quorum: .*>=0, got -1$/],
    [{ leader: 'a', quorum: 0, standbys: ['b,c'] }, /^TypeError: sync\.standbys\.0: .*commas.*"b,c"$/],
    [{ leader: null, quorum: 0, standbys: ['b'] }, /^TypeError: sync: .*without a leader/],
    [{ leader: 'a', quorum: 0, standbys: [], more: 1 } as SyncState, /^TypeError: sync: .*more/],
  ] as const) {
    test(`refused: ${JSON.stringify(value)}`, () => assert.throws(() => syncCodec.encode(value), message));
  }
});

suite('failover', () => {
  for (const [request, raw] of [
    [
      { leader: 'l', candidate: 'c', scheduledAt: midnight },
      '{"leader":"l","member":"c","scheduled_at":"2030-01-01T00:00:00+00:00"}',
    ],
    [
      { leader: 'l', scheduledAt: new Date('2030-01-01T03:04:05.123Z') },
      '{"leader":"l","scheduled_at":"2030-01-01T03:04:05.123000+00:00"}',
    ],
    [{ candidate: 'c' }, '{"member":"c"}'],
    [{}, '{}'],
  ] satisfies [FailoverRequest, string][]) {
    test(`case 59: ${raw}`, () => {
      assert.equal(failoverCodec.encode(request), raw);
      assert.deepEqual(failoverCodec.decode(raw), { value: request });
    });
  }

  test('case 59: cleared, and with a time alone, nothing is requested', () => {
    assert.equal(isFailoverRequested(failoverCodec.decode(failoverCodec.empty ?? '').value), false);
    assert.equal(isFailoverRequested({ scheduledAt: midnight }), false);
    assert.equal(isFailoverRequested({ candidate: 'c' }), true);
  });

  for (const [raw, value] of [
    ['a:b', { leader: 'a', candidate: 'b' }],
    [' a : b ', { leader: 'a', candidate: 'b' }],
    ['a', { leader: 'a' }],
    [':b', { candidate: 'b' }],
    ['', {}],
    ['{"leader":"","member":null,"scheduled_at":""}', {}],
  ] as const) {
    test(`case 61: ${JSON.stringify(raw)} is ${JSON.stringify(value)}`, () => {
      assert.deepEqual(failoverCodec.decode(raw), { value });
    });
  }

  for (const raw of ['null', '[]', '1']) {
    test(`case 61: ${raw} requests nothing`, () => {
      assert.deepEqual(failoverCodec.decode(raw), { value: {}, problem: 'failover is not a JSON object' });
    });
  }

  for (const raw of ['{"leader":"a"', '{"leader":1}', '["a"']) {
    test(`case 61: ${raw} is not taken for a request`, () => {
      const { value, problem } = failoverCodec.decode(raw);
      assert.equal(value, undefined);
      assert.ok(problem);
    });
  }

  for (const at of [
    '"soon"',
    '"2030-01-01T00:00:00"',
    '"2030-02-31T00:00:00Z"',
    '"2030-13-01T00:00:00Z"',
    '17',
    '{}',
  ]) {
    test(`case 62: scheduled_at ${at} is a problem, and no request for now`, () => {
      const { value, problem } = failoverCodec.decode(`{"leader":"a","scheduled_at":${at}}`);
      assert.equal(value, undefined);
      assert.match(problem ?? '', /scheduled_at/);
    });
  }

  for (const at of [
    '2030-01-01T00:00:00Z',
    '2030-01-01 00:00:00+00',
    '2030-01-01T03:00:00+03:00',
    '2029-12-31T22:30-0130',
    '2030-01-01T00:00:00.000999+00:00',
  ]) {
    test(`case 62: scheduled_at ${at} is read`, () => {
      assert.deepEqual(
        failoverCodec.decode(JSON.stringify({ leader: 'a', scheduled_at: at })).value?.scheduledAt,
        midnight,
      );
    });
  }

  for (const [request, message] of [
    [{ leader: 'a', scheduledAt: new Date(Number.NaN) }, /^TypeError: failover\.scheduledAt: /],
    [{ leader: 'a', scheduledAt: new Date(8.64e15) }, /^TypeError: failover\.scheduledAt: .*0 to 9999/],
    [{ scheduledAt: midnight }, /^TypeError: failover: must name a leader or a candidate/],
    [{ leader: '' }, /^TypeError: failover\.leader: .*got ""$/],
    [{ member: 'a' }, /^TypeError: failover: .*member/],
  ] as const) {
    test(`case 62: never written: ${String(message)}`, () => {
      assert.throws(() => failoverCodec.encode(request as FailoverRequest), message);
    });
  }
});

suite('history', () => {
  const raw =
    '[[1,100,"no recovery target specified"],[2,200,"r","2020-01-01T00:00:00.5+01:00"],[3,300,"r","2021-01-01T00:00:00+00:00","\\u00e9"]]';

  test('case 63: lines of three, four and five items make the round trip', () => {
    const { value, problem } = historyCodec.decode(raw);
    assert.equal(problem, undefined);
    assert.deepEqual(value?.[2], {
      timeline: 3,
      lsn: 300,
      reason: 'r',
      timestamp: '2021-01-01T00:00:00+00:00',
      leader: 'é',
    });
    assert.equal(historyCodec.encode(value ?? []), raw);
    assert.equal(timelineOf(value), 4);
  });

  for (const [stored, timeline, lines, isProblem] of [
    ['[]', 1, 0, false],
    ['junk', 0, undefined, true],
    ['{}', 0, undefined, true],
    ['[["x"]]', 0, undefined, true],
    ['[[1,2,"r"],null]', 0, undefined, true],
    ['[null,[1,2,"r"]]', 2, 1, true],
    ['[["4","2","r",null,null,"new"]]', 5, 1, false],
  ] as const) {
    test(`case 63: ${stored} is timeline ${timeline}`, () => {
      const { value, problem } = historyCodec.decode(stored);
      assert.equal(timelineOf(value), timeline);
      assert.equal(value?.length, lines);
      assert.equal(problem !== undefined, isProblem);
    });
  }

  test('case 63: a leader needs a timestamp, or it would be read as one', () => {
    const line = { timeline: 1, lsn: 1, reason: 'r', leader: 'a' };
    assert.throws(() => historyCodec.encode([line]), /^TypeError: history\.0: .*timestamp/);
    assert.throws(
      () => historyCodec.encode([{ ...line, timeline: -1 }]),
      /^TypeError: history\.0\.timeline: .*>=0, got -1/,
    );
  });
});

suite('status', () => {
  for (const [raw, value] of [
    ['{"optime":5}', { optime: 5 }],
    [
      '{"optime":5,"slots":{"b":1,"a":2},"retain_slots":["x"]}',
      { optime: 5, slots: { b: 1, a: 2 }, retainSlots: ['x'] },
    ],
    ['{"optime":5,"retain_slots":[]}', { optime: 5, retainSlots: [] }],
  ] as const) {
    test(`case 7: ${raw}`, () => {
      assert.equal(statusCodec.encode(value), raw);
      assert.deepEqual(statusCodec.decode(raw), { value });
    });
  }

  for (const [raw, value] of [
    ['5', { optime: 5 }],
    ['"5"', { optime: 5 }],
    ['{"optime":"5","slots":null,"retain_slots":null}', { optime: 5 }],
    [
      '{"optime":5,"slots":"{\\"a\\":\\"7\\"}","retain_slots":"[\\"x\\"]"}',
      { optime: 5, slots: { a: 7 }, retainSlots: ['x'] },
    ],
    ['{}', { optime: 0 }],
  ] as const) {
    test(`case 67, 68: ${raw}`, () => assert.deepEqual(statusCodec.decode(raw), { value }));
  }

  for (const [raw, value] of [
    ['{', undefined],
    ['[]', undefined],
    ['-1', undefined],
    ['9007199254740993', undefined],
    ['{"optime":"x","slots":{"a":1,"b":"?"},"retain_slots":[1]}', { optime: 0, slots: { a: 1 } }],
    ['{"optime":1,"slots":"{"}', { optime: 1 }],
  ] as const) {
    test(`case 67: ${raw} is a problem`, () => {
      const decoded = statusCodec.decode(raw);
      assert.deepEqual(decoded.value, value);
      assert.ok(decoded.problem);
    });
  }

  test('case 69: an absent and an empty retainSlots are the same, and the order does not count', () => {
    const bytes = (status: Status) => statusCodec.encode(normaliseStatus(status));
    assert.equal(bytes({ optime: 1, retainSlots: [] }), '{"optime":1}');
    assert.equal(bytes({ optime: 1 }), '{"optime":1}');
    const left = bytes({ optime: 1, slots: { b: 1, a: 2 }, retainSlots: ['y', 'x'] });
    assert.equal(left, bytes({ optime: 1, slots: { a: 2, b: 1 }, retainSlots: ['x', 'y'] }));
    assert.notEqual(bytes({ optime: 1, slots: {} }), bytes({ optime: 1 }));
  });

  test('refused values name their field', () => {
    assert.throws(() => statusCodec.encode({ optime: -1 }), /^TypeError: status\.optime: .*>=0, got -1$/);
    assert.throws(() => statusCodec.encode({ optime: 2 ** 53 }), /^TypeError: status\.optime: /);
    assert.throws(
      () => statusCodec.encode({ optime: 1, slots: { a: 1.5 } }),
      /^TypeError: status\.slots\.a: .*got 1\.5$/,
    );
  });
});

suite('initialize and failsafe', () => {
  for (const raw of ['', '7123456789012345678']) {
    test(`case 64, 65: ${JSON.stringify(raw)} is kept to the digit`, () => {
      assert.equal(initializeCodec.encode(raw), raw);
      assert.deepEqual(initializeCodec.decode(raw), { value: raw });
    });
  }

  test('initialize refuses control characters, and is deleted when cleared', () => {
    assert.throws(() => initializeCodec.encode('1\n'), /^TypeError: initialize: must be text .*got "1\\n"$/);
    assert.equal(initializeCodec.empty, undefined);
  });

  test('failsafe in its own order', () => {
    const raw = '{"b":"http://b:8008/patroni","a":"http://a:8008/patroni"}';
    assert.equal(failsafeCodec.encode(failsafeCodec.decode(raw).value ?? {}), raw);
    assert.throws(() => failsafeCodec.encode({ a: 1 } as never), /^TypeError: failsafe\.a: .*string.*got 1$/);
  });

  test('failsafe: what is no URL is left out and told', () => {
    assert.deepEqual(failsafeCodec.decode('{"a":1,"b":"u"}'), {
      value: { b: 'u' },
      problem: 'failsafe has no URL for a',
    });
    assert.deepEqual(failsafeCodec.decode('{'), { value: undefined, problem: 'failsafe is not a JSON object' });
  });
});

suite('member', () => {
  test('case 6, 7: the fields in the order of Patroni, then the others in theirs', () => {
    const data = {
      z: [1],
      tags: { k: 'é😀\x7f' },
      role: 'replica',
      a: null,
      conn_url: 'postgres://h:5432/db',
      state: 'running',
      timeline: 3,
      xlog_location: 42,
      api_url: 'http://h:8008/patroni',
      version: '4.1.5',
    };
    const raw =
      '{"conn_url":"postgres://h:5432/db","api_url":"http://h:8008/patroni","state":"running","role":"replica",' +
      '"version":"4.1.5","tags":{"k":"\\u00e9\\ud83d\\ude00\\u007f"},"xlog_location":42,"timeline":3,"z":[1],"a":null}';
    assert.equal(memberEncoding.encode(data), raw);
    assert.deepEqual(memberEncoding.decode(raw), { value: data });
  });

  for (const [raw, value] of [
    [
      'postgres://u:p@127.0.0.1:5432/postgres?application_name=http://127.0.0.1:8008/patroni',
      { conn_url: 'postgres://u:p@127.0.0.1:5432/postgres', api_url: 'http://127.0.0.1:8008/patroni' },
    ],
    [
      'postgresql://h/db?sslmode=off&application_name=http%3A%2F%2Fh%2F',
      { conn_url: 'postgresql://h/db', api_url: 'http://h/' },
    ],
    ['postgres://h/db?application_name=', { conn_url: 'postgres://h/db' }],
    ['postgres://h/db', { conn_url: 'postgres://h/db' }],
  ] as const) {
    test(`case 42: ${raw}`, () => assert.deepEqual(memberEncoding.decode(raw), { value }));
  }

  for (const raw of ['[]', '{', '', 'null', '"x"']) {
    test(`case 43: ${JSON.stringify(raw)} is no member`, () => {
      assert.deepEqual(memberEncoding.decode(raw), { value: undefined, problem: 'member is not a JSON object' });
    });
  }

  test('a known field of another type is left out and told, a null is as if absent, unknown ones are kept', () => {
    assert.deepEqual(memberEncoding.decode('{"timeline":"x","pause":null,"tags":{},"own":"x"}'), {
      value: { tags: {}, own: 'x' },
      problem: 'member has a bad timeline',
    });
  });

  test('a daemon that is not PostgreSQL announces what it likes', () => {
    assert.equal(memberEncoding.encode({}), '{}');
    assert.equal(
      memberEncoding.encode({ shards: [1, 2], address: { host: 'h' } }),
      '{"shards":[1,2],"address":{"host":"h"}}',
    );
  });

  test('refused values name their field', () => {
    assert.throws(() => memberEncoding.encode({ state: 1 } as never), /^TypeError: member\.state: .*string.*got 1$/);
    assert.throws(() => memberEncoding.encode([] as never), /^TypeError: member: .*object.*got an array$/);
    assert.throws(() => memberEncoding.encode({ own: Number.NaN }), /^TypeError: own must be a finite number/);
  });
});

suite('no stored value makes reading throw', () => {
  const codecs = [
    configCodec,
    syncCodec,
    failoverCodec,
    historyCodec,
    statusCodec,
    initializeCodec,
    failsafeCodec,
    memberEncoding,
  ];
  const valid = [
    '{"leader":"a","quorum":1,"sync_standby":"b,c"}',
    '{"leader":"l","member":"c","scheduled_at":"2030-01-01T00:00:00+00:00"}',
    '[[1,100,"r","2020-01-01T00:00:00+01:00","a"]]',
    '{"optime":5,"slots":{"b":1},"retain_slots":"[\\"x\\"]"}',
    '{"conn_url":"postgres://h/d","tags":{"a":[]},"timeline":1,"__proto__":{"state":"x"}}',
    'postgres://h/d?application_name=%E0%A4%A#%',
  ];
  const odd = ['null', 'true', '[]', '{}', '""', '1e999', '-0', '"\\ud800"', '[{}]', '{"":0}'];
  const raws = [
    ...valid.flatMap((raw) => Array.from(raw, (_, end) => raw.slice(0, end))),
    ...valid.flatMap((raw) =>
      odd.flatMap((value) =>
        [...raw.matchAll(/(?<=[:[,])[^:,[\]{}]+/g)].map(
          ({ 0: old, index }) => raw.slice(0, index) + value + raw.slice(index + old.length),
        ),
      ),
    ),
    ...odd,
    `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    `{"slots":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
    `{"a":[${'0,'.repeat(300_000)}0]}`,
  ];

  test(`${raws.length} damaged values`, () => {
    for (const raw of raws) {
      for (const codec of codecs) {
        const { value } = codec.decode(raw);
        assert.ok(typeof value !== 'object' || Object.isFrozen(value), raw.slice(0, 80));
      }
    }
  });

  test('a key named __proto__ is data', () => {
    const { value } = failsafeCodec.decode('{"__proto__":"u"}');
    assert.deepEqual(Object.keys(value ?? {}), ['__proto__']);
    assert.equal(failsafeCodec.encode(value ?? {}), '{"__proto__":"u"}');
  });
});
