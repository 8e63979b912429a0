import { suite } from 'node:test';
import { acts, pauses, reads, sees, stands, suffers, tell, writes } from './history-story.ts';

suite('views', () => {
  const chain = [writes('a', 'x', 10, 20, { after: null }), writes('a', 'y', 30, 40, { after: 'x' })];
  const states = [stands(15, 'config', 'x'), stands(35, 'config', 'y')];
  tell([
    {
      title: 'go forward, and may skip',
      events: [...chain, sees(5, 'c', null), sees(25, 'c', 'x'), sees(45, 'c', 'y'), sees(46, 'd', 'y')],
      figures: { unannouncedStaleViews: 0 },
    },
    {
      title: 'do not go back by one, also when they go forward again',
      events: [...chain, sees(25, 'c', 'x'), sees(45, 'c', 'y'), sees(46, 'c', 'x'), sees(47, 'c', 'y')],
      breaks: [
        ['views', /c-watch of c: config went back from y to x/],
        ['views', /config went back from x to y/],
      ],
    },
    {
      title: 'do not go back to what this watch never showed',
      events: [...chain, sees(45, 'c', 'y', { stale: true }), sees(46, 'c', 'x', { stale: true })],
      breaks: [['views', /config went back from y to x/]],
    },
    {
      title: 'nor to nothing',
      events: [...chain, sees(45, 'c', 'y'), sees(46, 'c', null)],
      breaks: [['views', /config went back from y to null/]],
    },
    {
      title: 'go back to nothing when an administrator emptied the document',
      events: [
        ...chain,
        ...states,
        stands(50, 'config', null, 'administrator'),
        sees(45, 'c', 'y'),
        ...[56, 300].map((at) => sees(at, 'c', null)),
      ],
    },
    {
      title: 'follow the server’s states where no guard tells the order',
      events: [
        ...[writes('a', 'x', 10, 40), writes('b', 'y', 10, 40), stands(20, 'config', 'y'), stands(30, 'config', 'x')],
        ...[sees(31, 'c', 'x'), sees(32, 'c', 'y')],
      ],
      breaks: [['views', /config went back from x to y/]],
    },
    {
      title: 'of two watches are not compared',
      events: [...chain, sees(45, 'c', 'y'), sees(46, 'd', 'x')],
    },
    {
      title: 'of the leader’s term do not go back',
      events: [...chain, sees(45, 'c', 'y', { token: 2 }), sees(46, 'c', 'y', { token: 1 })],
      breaks: [['views', /the leader went back from term 2 to 1/]],
    },
    {
      title: 'may be old for staleAfter',
      events: [...chain, sees(25, 'c', 'x'), sees(140, 'c', 'x')],
    },
    {
      title: 'that are older must say so, and each one that does not is counted',
      events: [
        ...chain,
        sees(25, 'c', 'x'),
        sees(141, 'c', 'x'),
        sees(142, 'c', 'x'),
        sees(150, 'c', 'x', { stale: true }),
      ],
      breaks: [['views', /config is still x, and the view is not called stale/]],
      figures: { unannouncedStaleViews: 2 },
    },
    {
      title: 'miss what came after by the server’s states alone',
      events: [
        ...[writes('a', 'x', 10, 20), writes('b', 'y', 30, 40), stands(15, 'config', 'x'), stands(35, 'config', 'y')],
        sees(141, 'c', 'x'),
      ],
      breaks: [['views', /config is still x/]],
      figures: { unannouncedStaleViews: 1 },
    },
    {
      title: 'need not show a write whose outcome nobody knows',
      events: [
        writes('a', 'x', 10, 20),
        writes('b', 'y', 30, 40, { outcome: 'unknown', after: 'x' }),
        sees(300, 'c', 'x'),
      ],
    },
    {
      title: 'do not age while the client is stopped',
      events: [
        ...chain,
        sees(25, 'c', 'x'),
        pauses('c', 50, 500),
        sees(501, 'c', 'x'),
        sees(560, 'c', 'x'),
        sees(601, 'c', 'y'),
      ],
    },
    {
      title: 'age after the stop, and before it',
      events: [
        ...[...chain, sees(25, 'c', 'x'), pauses('c', 50, 500), sees(601, 'c', 'x'), sees(602, 'c', 'y')],
        ...[sees(25, 'd', 'x'), pauses('d', 150, 500), sees(501, 'd', 'x'), sees(502, 'd', 'y')],
      ],
      breaks: [
        ['views', /c-watch of c: config is still x/],
        ['views', /d-watch of d: config is still x/],
      ],
      figures: { unannouncedStaleViews: 2 },
    },
    {
      title: 'show the final state at last, stale or not',
      events: [
        ...[...chain, ...states, suffers('cut client', 45, 50), acts('a', 1, 1, 5000)],
        ...[sees(25, 'c', 'x'), sees(650, 'c', 'x', { stale: true })],
        ...[sees(25, 'd', 'x'), sees(649, 'd', 'x', { stale: true }), sees(652, 'e', 'y')],
      ],
      breaks: [['views', /c-watch of c: config is x at last, not y/]],
    },
    {
      title: 'need not converge while a fault is on',
      events: [
        ...chain,
        ...states,
        suffers('cut client', 45),
        sees(25, 'c', 'x'),
        sees(5000, 'c', 'x', { stale: true }),
      ],
    },
    {
      title: 'nor soon after the last write',
      events: [
        ...[
          acts('a', 1, 1, 4900),
          ...chain,
          ...states,
          suffers('cut client', 45, 50),
          sees(25, 'c', 'x'),
          sees(5000, 'c', 'x', { stale: true }),
        ],
        ...[writes('a', 'z', 4500, 4510, { after: 'y' }), stands(4505, 'config', 'z'), reads('a', 'z', 4999, 5000)],
      ],
    },
  ]);
});
