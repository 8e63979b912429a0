import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { check } from '../src/history/check.ts';
import type { HistoryEvent, Value } from '../src/history/event.ts';
import { History } from '../src/history/history.ts';
import { linearizable } from '../src/history/linearizable.ts';
import { someOrderExplains } from './history-reference.ts';
import { pick, type Random, seeded, simulate } from './history-simulated.ts';

const holds = (events: readonly HistoryEvent[]) => linearizable(new History(events)).violations.length === 0;

/** One or two replies of the history become others. */
function corrupt(events: readonly HistoryEvent[], random: Random): HistoryEvent[] {
  const values = events.flatMap((event) => (event.type === 'call' && event.operation === 'write' ? [event.value] : []));
  const changed = [...events];
  for (let times = random() < 0.5 ? 1 : 2; times > 0; times -= 1) {
    const replies = events.flatMap((event) => (event.type === 'return' ? [event] : []));
    if (replies.length === 0) break;
    const reply = pick(random, replies);
    const read = events.some((event) => event.type === 'call' && event.id === reply.id && event.operation === 'read');
    changed[events.indexOf(reply)] = read
      ? { ...reply, outcome: 'ok', value: pick<Value>(random, [null, ...values]) }
      : { ...reply, outcome: pick(random, ['ok', 'refused', 'unknown', 'failed']) };
  }
  return changed;
}

suite('the search for an order', () => {
  test('agrees with a trial of all orders, on right histories and on wrong ones', () => {
    const verdicts = { right: 0, wrong: 0 };
    for (let seed = 1; seed <= 4000; seed += 1) {
      const random = seeded(seed);
      const shape = { clients: 1 + Math.floor(random() * 4), operations: 3 + Math.floor(random() * 5) };
      const right = simulate(random, { ...shape, unknown: random() * 0.6, blind: random() });
      assert.ok(holds(right), `seed ${seed}: the simulated register is refused`);
      const events = corrupt(right, random);
      const expected = someOrderExplains(events);
      const { violations, figures } = linearizable(new History(events));
      assert.equal(violations.length === 0, expected, `seed ${seed}`);
      if (expected) assert.equal(figures.lostWrites, 0, `seed ${seed}`);
      verdicts[expected ? 'right' : 'wrong'] += 1;
    }
    // Both sides are well tried: most corruptions show, others look like another right history.
    assert.ok(verdicts.wrong > 1000 && verdicts.right > 500, JSON.stringify(verdicts));
  });

  test('finds nothing in what a register did whose states were witnessed and wiped', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = seeded(seed);
      const shape = { clients: 5, operations: 150, unknown: random() * 0.2, blind: random(), witnessed: true };
      const { violations, figures } = check(simulate(random, shape));
      assert.deepEqual(violations, [], `seed ${seed}`);
      assert.equal(figures.lostWrites, 0);
    }
  });

  test('always finds a read of what was replaced before it began', () => {
    let planted = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seeded(seed);
      const events = simulate(random, { clients: 4, operations: 100, unknown: 0.05, blind: 0.5 });
      const stale = staleRead(events);
      if (stale === undefined) continue;
      planted += 1;
      assert.ok(!holds(stale), `seed ${seed}`);
    }
    assert.ok(planted > 150, `${planted} planted`);
  });

  test('takes a few steps for each of 20,000 operations of eight clients with 3 % unknown outcomes', () => {
    for (const blind of [0, 0.3]) {
      const events = simulate(seeded(7), { clients: 8, operations: 20_000, unknown: 0.03, blind });
      assert.deepEqual(linearizable(new History(events), 3 * 20_000).violations, []);
    }
    const blind = simulate(seeded(7), { clients: 8, operations: 20_000, unknown: 0.03, blind: 1 });
    assert.deepEqual(linearizable(new History(blind), 15 * 20_000).violations, []);
  });

  test('says that it is undecided when it took too many', () => {
    const events = simulate(seeded(7), { clients: 8, operations: 200, unknown: 0.03, blind: 1 });
    const [violation, ...others] = linearizable(new History(events), 20).violations;
    assert.match(violation?.message ?? '', /undecided after 20 configurations, at call/);
    assert.deepEqual(others, []);
  });
});

/** The last read finds the value of a write that another write, called after its return, replaced and returned before the read began. */
function staleRead(events: readonly HistoryEvent[]): HistoryEvent[] | undefined {
  const { operations } = new History(events);
  const read = operations.all.findLast(({ call, outcome }) => call.operation === 'read' && outcome === 'ok');
  const written = operations.all.filter(({ call, outcome }) => call.operation === 'write' && outcome === 'ok');
  const newer = written.findLast(({ end }) => end < (read?.begin ?? 0));
  const older = written.find(({ end }) => end < (newer?.begin ?? 0));
  if (read === undefined || older?.call.operation !== 'write') return undefined;
  const { value } = older.call;
  return events.map((event) => (event.type === 'return' && event.id === read.call.id ? { ...event, value } : event));
}
