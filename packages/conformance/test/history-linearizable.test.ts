import { suite } from 'node:test';
import { reads, sees, stands, tell, writes } from './history-story.ts';

const unknown = { outcome: 'unknown' } as const;

suite('linearizable', () => {
  tell([
    {
      title: 'guarded writes one after another, and reads that overlap them',
      events: [
        ...[
          reads('c', null, 1, 5),
          writes('a', 'x', 10, 20, { after: null }),
          writes('b', 'y', 25, 40, { after: 'x' }),
        ],
        ...[reads('c', 'y', 30, 32), reads('c', 'y', 41, 42)],
      ],
      figures: { operations: 5, unknownOutcomes: 0, lostWrites: 0 },
    },
    {
      title: 'a read that began after a write was acknowledged is not older',
      events: [writes('a', 'x', 10, 20), writes('a', 'y', 30, 40), reads('c', 'x', 41, 50)],
      breaks: [
        [
          'linearizable',
          /no order explains call \d+ of a \(write y, ok at 40\) with call \d+ of c \(read x, ok at 50\)/,
        ],
      ],
    },
    {
      title: 'two overlapping reads may not disagree on the order of two writes',
      events: [
        ...[writes('a', 'x', 10, 90), writes('b', 'y', 10, 90)],
        ...[reads('c', 'x', 20, 30), reads('c', 'y', 40, 50), reads('d', 'y', 20, 45), reads('d', 'x', 55, 60)],
      ],
      breaks: [['linearizable', /no order explains/]],
    },
    {
      title: 'a write of unknown outcome takes effect late, after a newer acknowledged one',
      events: [
        writes('a', 'x', 10, 20, unknown),
        writes('b', 'y', 30, 40),
        reads('c', 'y', 50, 60),
        reads('c', 'x', 70, 80),
      ],
      figures: { unknownOutcomes: 1 },
    },
    {
      title: 'it does not take effect twice',
      events: [
        ...[writes('a', 'x', 10, 20, unknown), reads('c', 'x', 21, 29), writes('b', 'y', 30, 40)],
        ...[reads('c', 'y', 50, 60), reads('c', 'x', 70, 80)],
      ],
      breaks: [['linearizable', /read x, ok at 80/]],
    },
    {
      title: 'a guarded one of unknown outcome cannot land late: its value was replaced',
      events: [
        ...[writes('a', 'u', 1, 5), writes('a', 'x', 10, 20, { ...unknown, after: 'u' })],
        ...[writes('b', 'y', 30, 40, { after: 'u' }), reads('c', 'x', 50, 60)],
      ],
      breaks: [['linearizable', /no order explains/]],
    },
    {
      title: 'a write of unknown outcome that never took effect, and one that never returned',
      events: [
        writes('a', 'x', 10, 20, unknown),
        writes('b', 'y', 10),
        reads('c', null, 30, 40),
        reads('c', null, 50, 60),
      ],
      figures: { unknownOutcomes: 2 },
    },
    {
      title: 'two of unknown outcome that must both have happened, since a third landed on the second',
      events: [
        ...[
          writes('a', 'x', 10, 20, { ...unknown, after: null }),
          writes('b', 'y', 30, 40, { ...unknown, after: 'x' }),
        ],
        ...[writes('c', 'z', 50, 60, { after: 'y' }), reads('c', 'z', 70, 80)],
      ],
    },
    {
      title: 'both must have happened: what they replaced is not read again',
      events: [
        ...[
          writes('a', 'x', 10, 20, { ...unknown, after: null }),
          writes('b', 'y', 30, 40, { ...unknown, after: 'x' }),
        ],
        ...[writes('c', 'z', 50, 60, { after: 'y' }), reads('c', 'x', 70, 80)],
      ],
      breaks: [['linearizable', /read x/]],
    },
    {
      title: 'a refused write met another value',
      events: [
        ...[writes('a', 'x', 10, 20), writes('b', 'y', 25, 40, { after: null, outcome: 'refused' })],
        ...[writes('b', 'z', 45, 60, { after: 'x', outcome: 'refused' }), writes('a', 'w', 50, 55)],
      ],
    },
    {
      title: 'a write that could not have been refused',
      events: [
        writes('a', 'x', 10, 20),
        writes('b', 'y', 25, 40, { after: 'x', outcome: 'refused' }),
        reads('c', 'x', 50, 60),
      ],
      breaks: [['linearizable', /no order explains call \d+ of b \(write y after x, refused at 40\)/]],
    },
    {
      title: 'only a write of unknown outcome, which nobody saw, explains a refusal; then another write covered it',
      events: [
        ...[writes('a', 'x', 10, 20), writes('d', 'w', 21, 24, unknown)],
        ...[
          writes('b', 'y', 25, 40, { after: 'x', outcome: 'refused' }),
          writes('a', 'z', 41, 50),
          reads('c', 'z', 51, 60),
        ],
      ],
    },
    {
      title: 'what nobody saw does not explain a refusal when the refused value is still read afterwards',
      events: [
        ...[writes('a', 'x', 10, 20), writes('d', 'w', 21, 24, unknown)],
        ...[writes('b', 'y', 25, 40, { after: 'x', outcome: 'refused' }), reads('c', 'x', 51, 60)],
      ],
      breaks: [['linearizable', /refused at 40/]],
    },
    {
      title: 'one write that nobody saw does not explain two refusals on two values',
      events: [
        ...[writes('a', 'x', 10, 20), writes('d', 'w', 21, 24, unknown)],
        ...[writes('b', 'y', 25, 40, { after: 'x', outcome: 'refused' }), writes('a', 'z', 41, 50)],
        ...[writes('b', 'v', 51, 60, { after: 'z', outcome: 'refused' })],
      ],
      breaks: [['linearizable', /refused at 60/]],
    },
    {
      title: 'a refused write under a term may have met the fence, and tells nothing of the document',
      events: [writes('a', 'x', 10, 20), writes('b', 'y', 25, 40, { after: 'x', token: 1, outcome: 'refused' })],
    },
    {
      title: 'without guard and term nothing is refused',
      events: [writes('a', 'x', 10, 20, { outcome: 'refused' })],
      breaks: [['linearizable', /was refused without a guard/]],
    },
    {
      title: 'what failed or was refused is not seen, nor what nobody wrote, nor what will be written',
      events: [
        ...[writes('a', 'x', 10, 20, { outcome: 'failed' }), reads('c', 'x', 30, 40)],
        ...[reads('c', 'who', 50, 60), sees(61, 'c', 'y'), writes('a', 'y', 70, 80)],
      ],
      breaks: [
        ['linearizable', /shows x, which surely was not written/],
        ['linearizable', /shows who, which nobody wrote/],
        ['linearizable', /a view of c shows y, which was not written yet/],
      ],
    },
    {
      title: 'two acknowledged writes on one value: one is lost',
      events: [
        ...[writes('a', 'u', 1, 5), writes('a', 'x', 10, 20, { after: 'u' }), writes('b', 'y', 30, 40, { after: 'u' })],
        ...[reads('c', 'y', 50, 60)],
      ],
      breaks: [['linearizable', /write x after u|write y after u/]],
      figures: { lostWrites: 1 },
    },
    {
      title: 'a store that went back in time lost what came after',
      events: [
        ...[writes('a', 'u', 1, 5, { after: null }), writes('a', 'x', 10, 20, { after: 'u' })],
        ...[writes('a', 'y', 30, 40, { after: 'x' }), reads('c', 'u', 50, 60)],
      ],
      breaks: [['linearizable', /read u/]],
      figures: { lostWrites: 2 },
    },
    {
      title: 'nobody read it, but the server’s last state shows that a write was lost',
      events: [
        ...[writes('a', 'x', 10, 20), writes('a', 'y', 30, 40, { after: 'x' })],
        ...[
          stands(15, 'config', 'x'),
          reads('c', 'z', 290, 300, 'sync'),
          writes('a', 'z', 280, 285, { document: 'sync' }),
        ],
      ],
      breaks: [
        [
          'linearizable',
          /config: no order explains call \d+ of a \(write y after x, ok at 40\) with the final state x/,
        ],
      ],
      figures: { lostWrites: 1 },
    },
    {
      title: 'a witness may hear of the last write late, and tell a state twice',
      events: [
        ...[writes('a', 'x', 10, 20), writes('a', 'y', 30, 40, { after: 'x' })],
        ...[stands(15, 'config', 'x'), stands(50, 'config', 'x'), reads('c', 'y', 80, 90)],
      ],
    },
    {
      title: 'the server shows no value twice, and none vanishes, but by an administrator',
      events: [
        ...[writes('a', 'x', 10, 20), writes('b', 'y', 30, 40, { after: 'x' })],
        ...[
          stands(15, 'config', 'x'),
          stands(35, 'config', 'y'),
          stands(50, 'config', 'x'),
          stands(60, 'config', null, 'expiry'),
        ],
      ],
      breaks: [
        ['linearizable', /x came back on the server/],
        ['linearizable', /x vanished from the server/],
      ],
      figures: { lostWrites: 0 },
    },
    {
      title: 'an administrator empties the document and writes it by hand',
      events: [
        ...[
          writes('a', 'x', 10, 20, { after: null }),
          stands(15, 'config', 'x'),
          stands(50, 'config', null, 'administrator'),
        ],
        ...[reads('c', null, 40, 55), writes('a', 'y', 56, 60, { after: null }), stands(58, 'config', 'y')],
        ...[stands(70, 'config', 'by hand', 'administrator'), reads('c', 'by hand', 65, 75)],
        ...[writes('a', 'z', 80, 90, { after: 'by hand' }), stands(85, 'config', 'z')],
      ],
    },
    {
      title: 'what nobody saw created the emptied document once, and no more',
      events: [
        ...[writes('d', 'w', 1, 5, { ...unknown, after: null })],
        ...[writes('b', 'y', 10, 20, { after: null, outcome: 'refused' }), writes('a', 'x', 21, 30)],
        ...[stands(25, 'config', 'x'), stands(50, 'config', null, 'administrator')],
        ...[reads('c', null, 52, 55), writes('b', 'z', 60, 70, { after: null, outcome: 'refused' })],
      ],
      breaks: [['linearizable', /refused at 70/]],
    },
    {
      title: 'what an administrator emptied is absent, not what it was before',
      events: [
        ...[
          writes('a', 'x', 10, 20, { after: null }),
          stands(15, 'config', 'x'),
          stands(50, 'config', null, 'administrator'),
        ],
        ...[reads('c', 'x', 60, 70)],
      ],
      breaks: [['linearizable', /found x, which had been replaced/]],
    },
    {
      title: 'documents are registers of their own',
      events: [writes('a', 'x', 10, 20), writes('a', 'x', 30, 40, { document: 'sync' }), reads('c', 'x', 50, 60)],
    },
  ]);
});
