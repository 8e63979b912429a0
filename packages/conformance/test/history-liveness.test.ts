import { suite } from 'node:test';
import { acts, pauses, reads, stands, suffers, tell, term } from './history-story.ts';

suite('liveness', () => {
  const end = reads('c', null, 4990, 5000);
  tell([
    {
      title: 'somebody acts in time after the end of a fault',
      events: [end, suffers('kill leader', 100, 1000), term(1400, 'a', 'acquired', 1), acts('a', 1, 1500, 5000)],
      figures: { faults: 1 },
    },
    {
      title: 'a leader that exists but does not act does not count',
      events: [end, suffers('kill leader', 100, 1000), term(1400, 'a', 'acquired', 1), term(4000, 'a', 'renewed', 1)],
      breaks: [['liveness', /nobody acted for 500 ms after the end of kill leader \(fault \d+\)/]],
    },
    {
      title: 'nor one that acts too late',
      events: [end, suffers('kill leader', 100, 1000), acts('a', 1, 1501, 5000)],
      breaks: [['liveness', /nobody acted for 500 ms after the end of kill leader/]],
    },
    {
      title: 'who acted all the time need not begin again',
      events: [end, suffers('cut client', 100, 1000), acts('a', 1, 50, 4000)],
    },
    {
      title: 'nothing is asked while another fault is on, and each sound time is asked for by itself',
      events: [
        ...[end, suffers('kill leader', 100, 1000), suffers('disk full', 900, 3000), suffers('cut client', 950, 1100)],
        ...[acts('a', 1, 3400, 3450), suffers('kill all', 3600, 3700), suffers('kill all', 4000, 4050)],
      ],
      breaks: [['liveness', /after the end of kill all/]],
    },
    { title: 'nor when the history ends too soon', events: [end, suffers('kill all', 100, 4501)] },
    { title: 'nor when the fault does not end', events: [end, suffers('kill all', 100)] },
    {
      title: 'a stopped client is as bad as a fault',
      events: [end, pauses('a', 100, 1000)],
      breaks: [['liveness', /after the end of the pause of a/]],
    },
    {
      title: 'demotions are needless when nothing was wrong for a ttl',
      events: [
        ...[end, suffers('kill leader', 100, 200), acts('a', 1, 50, 3000)],
        ...[
          term(150, 'a', 'lost', 1),
          term(1200, 'b', 'lost', 2),
          term(1201, 'c', 'lost', 3),
          term(4000, 'd', 'released', 4),
        ],
      ],
      figures: { needlessDemotions: 1 },
    },
  ]);
});

suite('takeovers', () => {
  tell([
    {
      title: 'count from the moment the server let go of the key',
      events: [
        ...[
          term(10, 'a', 'acquired', 1),
          stands(12, 'leader', 'a'),
          acts('a', 1, 20, 700),
          term(600, 'a', 'renewed', 1),
        ],
        ...[stands(1550, 'leader', null, 'expiry'), stands(1570, 'leader', 'b')],
        ...[term(1575, 'b', 'acquired', 2), acts('b', 2, 1580, 1900)],
      ],
      figures: { takeovers: [30], twoLeaderWindow: -880 },
    },
    {
      title: 'or from a ttl after the last proof, when nobody saw the key go',
      events: [
        ...[term(10, 'a', 'acquired', 1), acts('a', 1, 20, 700), term(600, 'a', 'renewed', 1)],
        ...[
          term(1660, 'b', 'acquired', 2),
          acts('b', 2, 1680, 1900),
          term(1900, 'b', 'lost', 2),
          acts('c', 3, 2000, 2100),
        ],
      ],
      figures: { takeovers: [80, 0] },
    },
    {
      title: 'are none when the office was released, or nobody followed',
      events: [
        ...[term(10, 'a', 'acquired', 1), acts('a', 1, 20, 700), term(710, 'a', 'released', 1)],
        ...[term(800, 'b', 'acquired', 2), acts('b', 2, 810, 900)],
      ],
      figures: { takeovers: [] },
    },
  ]);
});

suite('no uncaught exception', () => {
  tell([
    {
      title: 'an exception that nobody caught is told',
      events: [[{ type: 'uncaught', at: 5, client: 'a', message: 'TypeError: x is not a function' }]],
      breaks: [['no uncaught exception', /a: TypeError/]],
    },
  ]);
});
