import { suite } from 'node:test';
import { reads, sees, stands, tell, term, writes } from './history-story.ts';

suite('fence', () => {
  const election = [term(10, 'a', 'acquired', 1), term(100, 'b', 'acquired', 2)];
  tell([
    {
      title: 'each term writes in its own time',
      events: [
        ...[
          ...election,
          writes('a', 'a1', 20, 30, { token: 1 }),
          writes('b', 'b1', 110, 120, { token: 2, after: 'a1' }),
        ],
        ...[stands(25, 'config', 'a1'), stands(99, 'epoch', '2'), stands(115, 'config', 'b1')],
      ],
    },
    {
      title: 'a write of an old term, called in time, is refused after the next one began',
      events: [
        ...[...election, writes('a', 'a1', 90, 130, { token: 1, outcome: 'refused' })],
        ...[writes('b', 'b1', 110, 120, { token: 2 }), reads('c', 'b1', 140, 150)],
      ],
    },
    {
      title: 'a write of an old term that is called after the next one was elected may not take effect',
      events: [...election, writes('a', 'a1', 110, 120, { token: 1 })],
      breaks: [['fence', /config: a1 of term 1 .* took effect, called after term 2/]],
    },
    {
      title: 'nor when its outcome was unknown and only a read shows it',
      events: [...election, writes('a', 'a1', 110, 120, { token: 1, outcome: 'unknown' }), reads('c', 'a1', 130, 140)],
      breaks: [['fence', /config: a1 of term 1/]],
    },
    {
      title: 'a write of unknown outcome, called in time, that lands late is found by a read alone',
      events: [
        ...[...election, writes('a', 'a1', 90, 95, { token: 1, outcome: 'unknown' })],
        ...[writes('b', 'b1', 110, 120, { token: 2 }), reads('c', 'a1', 130, 140)],
      ],
      breaks: [['fence', /a1 of term 1 .* was read after term 2/]],
    },
    {
      title: 'one that took effect in time may be read until the newer term writes',
      events: [
        ...[...election, writes('a', 'a1', 90, 95, { token: 1, outcome: 'unknown' }), reads('c', 'a1', 105, 125)],
        ...[writes('b', 'b1', 110, 120, { token: 2 }), reads('c', 'b1', 130, 140)],
      ],
    },
    {
      title: 'the server shows an old term’s write after the newer one’s',
      events: [
        ...[...election, writes('a', 'a1', 90, 150, { token: 1 }), writes('b', 'b1', 110, 120, { token: 2 })],
        ...[stands(115, 'config', 'b1'), stands(140, 'config', 'a1')],
      ],
      breaks: [['fence', /a1 of term 1 .* became visible after term 2/]],
    },
    {
      title: 'the server shows an old term’s write to one document after the newer term counted epoch up',
      events: [
        ...[...election, writes('a', 'a1', 90, 150, { token: 1 })],
        ...[stands(95, 'epoch', '2'), stands(140, 'config', 'a1')],
      ],
      breaks: [['fence', /a1 of term 1 .* became visible after term 2/]],
    },
    {
      title: 'the server shows it after the newer term’s write to another document',
      events: [
        ...[
          ...election,
          writes('a', 'a1', 90, 150, { token: 1 }),
          writes('b', 'b1', 110, 120, { token: 2, document: 'sync' }),
        ],
        ...[stands(115, 'sync', 'b1'), stands(140, 'config', 'a1')],
      ],
      breaks: [['fence', /config: a1 of term 1 .* became visible after term 2/]],
    },
    {
      title: 'states of one time are of one snapshot, in no order',
      events: [
        ...[...election, writes('a', 'a1', 90, 150, { token: 1 })],
        ...[stands(95, 'epoch', '2'), stands(95, 'config', 'a1')],
      ],
    },
    {
      title: 'a witness that sees an old write late, and the newer one later still, is no proof',
      events: [
        ...[...election, writes('a', 'a1', 90, 95, { token: 1 }), writes('b', 'b1', 110, 120, { token: 2 })],
        ...[stands(130, 'config', 'a1'), stands(130, 'epoch', '2'), stands(140, 'config', 'b1')],
      ],
    },
    {
      title: 'an administrator who raises epoch begins no term',
      events: [
        ...[term(10, 'a', 'acquired', 1), writes('a', 'a1', 90, 150, { token: 1 })],
        ...[stands(95, 'epoch', '7', 'administrator'), stands(140, 'config', 'a1')],
      ],
    },
    {
      title: 'a watch shows an old term’s write after the newer one’s',
      events: [
        ...[
          ...election,
          writes('a', 'a1', 90, 95, { token: 1, outcome: 'unknown' }),
          writes('b', 'b1', 110, 120, { token: 2 }),
        ],
        ...[sees(130, 'c', 'b1'), sees(140, 'c', 'a1')],
      ],
      breaks: [['fence', /a1 of term 1 .* was shown to c after term 2/]],
    },
  ]);
});
