import { suite } from 'node:test';
import { acts, pauses, reads, stands, tell, term, writes } from './history-story.ts';

suite('one holder', () => {
  tell([
    {
      title: 'a term that ends before the next one begins is right, and the gap is told',
      events: [
        ...[term(10, 'a', 'acquired', 1), acts('a', 1, 20, 900)],
        ...[term(1100, 'b', 'acquired', 2), acts('b', 2, 1150, 1900)],
      ],
      figures: { twoLeaderWindow: -250, terms: 2 },
    },
    {
      title: 'an act after the first act of the next term is a second leader',
      events: [
        ...[term(10, 'a', 'acquired', 1), acts('a', 1, 20, 1200)],
        ...[term(1100, 'b', 'acquired', 2), acts('b', 2, 1150, 1900)],
      ],
      breaks: [['one holder', /term 1 \(a\) acted until 1200, 50 ms after the first act of term 2 \(b\)/]],
      figures: { twoLeaderWindow: 50 },
    },
    {
      title: 'also when a third term came between and was shorter',
      events: [
        ...[term(10, 'a', 'acquired', 1), acts('a', 1, 20, 500), acts('a', 1, 2000, 2500)],
        ...[term(600, 'b', 'acquired', 2), acts('b', 2, 700, 900)],
        ...[term(1000, 'c', 'acquired', 3), acts('c', 3, 1100, 1900)],
      ],
      breaks: [
        ['one holder', /term 1 \(a\) acted until 2500, 1800 ms after the first act of term 2/],
        ['one holder', /term 1 \(a\) acted until 2500, 1400 ms after the first act of term 3/],
      ],
      figures: { twoLeaderWindow: 1800 },
    },
    {
      title: 'an act that a stop drew out after its look is the fence’s affair',
      events: [
        ...[term(10, 'a', 'acquired', 1), acts('a', 1, 20, 500, 5000), pauses('a', 501, 5500)],
        ...[term(1600, 'b', 'acquired', 2), acts('b', 2, 1600, 6500)],
      ],
      figures: { twoLeaderWindow: -1100 },
    },
    {
      title: 'two clients under one token are two leaders, whenever they act',
      events: [
        ...[term(10, 'a', 'acquired', 1), acts('a', 1, 20, 100)],
        ...[term(1000, 'b', 'acquired', 1), acts('b', 1, 1100, 1200)],
      ],
      breaks: [
        ['one holder', /a and b acted under the token 1/],
        ['tokens', /b was elected under 1, the token of a/],
      ],
    },
    {
      title: 'who was told by a call that its office is gone acts no more, whether anybody else leads or not',
      events: [
        ...[term(10, 'a', 'acquired', 1), acts('a', 1, 20, 100), acts('a', 1, 300, 400)],
        writes('a', 'x', 150, 200, { token: 1, outcome: 'refused', error: 'LEASE_LOST' }),
      ],
      breaks: [['one holder', /a acted at 300 under 1, of which it was told at 200 that it is over/]],
    },
    {
      title: 'an act that it had looked for before it was told, and what an outage told, are right',
      events: [
        ...[term(10, 'a', 'acquired', 1), acts('a', 1, 150, 250)],
        writes('a', 'x', 20, 100, { token: 1, outcome: 'failed', error: 'UNAVAILABLE' }),
        writes('a', 'y', 110, 200, { token: 1, outcome: 'refused', error: 'LEASE_LOST' }),
      ],
    },
    { title: 'one term alone has no window', events: [acts('a', 1, 20, 100)], figures: { twoLeaderWindow: undefined } },
  ]);
});

suite('tokens', () => {
  const first = [term(10, 'a', 'acquired', 1), term(20, 'a', 'renewed', 1), term(30, 'a', 'released', 1)];
  tell([
    {
      title: 'increase from term to term, with gaps',
      events: [...first, term(40, 'b', 'acquired', 2), term(50, 'a', 'acquired', 5)],
      figures: { terms: 3 },
    },
    {
      title: 'do not go down',
      events: [...first, term(40, 'b', 'acquired', 3), term(50, 'c', 'acquired', 2)],
      breaks: [['tokens', /c was elected under 2 after b under 3/]],
    },
    {
      title: 'are not used for a second term of the same client, as after a wipe of everything',
      events: [...first, stands(40, 'epoch', null, 'administrator'), term(50, 'a', 'acquired', 1)],
      breaks: [['tokens', /a was elected under 1, the token of a/]],
    },
    {
      title: 'start again after an administrator wiped epoch: they repeat',
      events: [
        ...[stands(9, 'epoch', '1'), ...first, stands(39, 'epoch', '2'), term(40, 'b', 'acquired', 2)],
        ...[stands(50, 'epoch', null, 'administrator'), stands(59, 'epoch', '1'), term(60, 'c', 'acquired', 1)],
      ],
      breaks: [
        ['tokens', /epoch went down from 2 to 1/],
        ['tokens', /c was elected under 1, the token of a/],
      ],
    },
    {
      title: 'go on after such a wipe where the store remembers',
      events: [
        ...[stands(9, 'epoch', '1'), ...first, stands(50, 'epoch', null, 'administrator')],
        ...[stands(59, 'epoch', '2'), term(60, 'c', 'acquired', 2)],
      ],
    },
    {
      title: 'may be heard of late, when the server shows who was first',
      events: [
        ...[stands(10, 'epoch', '1'), stands(20, 'epoch', '2')],
        ...[term(30, 'b', 'acquired', 2), term(40, 'a', 'acquired', 1)],
      ],
    },
    {
      title: 'are not heard of late when the server shows the higher one first',
      events: [
        ...[stands(10, 'epoch', '2'), term(30, 'b', 'acquired', 2)],
        ...[stands(35, 'epoch', '1'), term(40, 'a', 'acquired', 1)],
      ],
      breaks: [
        ['tokens', /epoch went down from 2 to 1/],
        ['tokens', /a was elected under 1 after b under 2/],
      ],
    },
    {
      title: 'epoch does not vanish by itself, nor hold anything else',
      events: [
        ...[stands(10, 'epoch', '4'), stands(20, 'epoch', null, 'expiry'), stands(30, 'epoch', '5')],
        ...[stands(40, 'epoch', 'x'), stands(50, 'epoch', 'y', 'administrator')],
      ],
      breaks: [
        ['tokens', /epoch vanished after 4/],
        ['tokens', /epoch became x/],
      ],
    },
    {
      title: 'are nobody else’s to act or write under',
      events: [...first, acts('b', 1, 25, 28), writes('c', 'x', 26, 27, { token: 1 }), reads('c', 'x', 28, 29)],
      breaks: [
        ['tokens', /b used the token 1 of a/],
        ['tokens', /c wrote under the token 1 of a/],
      ],
    },
  ]);
});
