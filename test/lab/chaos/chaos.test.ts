import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { check } from '@tenure/conformance';
import { mayNotMakeHosts } from '../../faults/netns.ts';
import { temporaryFolder } from '../../servers/folder.ts';
import { faults, faultsOf, type StoreName, whyAbsent } from '../ground/index.ts';
import { chaos } from './arena.ts';
import { Interrupted } from './interrupted.ts';
import { planOf, type Step } from './plan.ts';
import { readHistory } from './report.ts';

const TIMES = { ttl: 1000, leaderWithin: 10_000 };

test('the same seed plans the same faults at the same times, and another one others', () => {
  const plan = (seed: string) => steps(seed, 50);
  assert.deepEqual(plan('one'), plan('one'));
  assert.notDeepEqual(plan('one'), plan('two'));
});

test('every kind of fault comes before any comes again', () => {
  const kinds = faultsOf({ store: 'etcd', nodes: 3 }).map(({ name }) => name);
  const drawn = steps('deck', 200).flatMap((step) => step.faults.map(({ name }) => name));
  assert.deepEqual(drawn.slice(0, kinds.length).toSorted(), kinds.toSorted());
  const areas = new Map(faults.map(({ name, area }) => [name, area]));
  for (const step of steps('deck', 200)) {
    const [first, second] = step.faults.map(({ name }) => areas.get(name));
    assert.notEqual(first, second);
  }
});

test('some sound times demand a leader, and some are too short for one', () => {
  const rests = steps('rests', 200).map(({ rest }) => rest);
  assert.ok(rests.some((rest) => rest > TIMES.leaderWithin) && rests.some((rest) => rest < TIMES.ttl));
});

test('a fault that needs the network between servers does not exist on one of them', () => {
  const [partition] = faults.filter(({ name }) => name === 'partitioned leader');
  assert.ok(partition);
  assert.equal(whyAbsent(partition, { store: 'etcd', nodes: 3 }), undefined);
  assert.equal(whyAbsent(partition, { store: 'etcd', nodes: 1 }), 'it needs three nodes');
  assert.equal(whyAbsent(partition, { store: 'embedded', nodes: 3 }), 'there is no server');
});

/** Milliseconds of faults, eight or so with the seed below: with what comes before and after them half a minute. */
const LASTS = 15_000;

suite('clients under faults break no rule', { concurrency: true }, () => {
  for (const store of ['embedded', 'etcd'] as const satisfies readonly StoreName[]) {
    test(store, { timeout: 180_000 }, async (t) => {
      const folder = await temporaryFolder('tenure-chaos-');
      after(() => folder.remove());
      const { signal } = new AbortController();
      const options = { store, nodes: 1, seed: 'npm test 2765', lasts: LASTS, folder: folder.path, signal } as const;
      const result = await chaos({ ...options, tell: () => undefined });
      const history = readHistory(folder.path);
      const { violations, figures } = check(history);
      assert.deepEqual(violations, []);
      assert.ok(result.faults.size > 1 && figures.terms > 0 && figures.operations > figures.faults);
      const acted = new Set(
        history.filter(({ type }) => type === 'act').map((event) => 'client' in event && event.client),
      );
      assert.ok(acted.size > 0, 'nobody ever acted as leader');
      t.diagnostic(JSON.stringify({ ...figures, takeovers: figures.takeovers.map(Math.round) }));
    });
  }
});

suite('a run that is interrupted leaves nothing', { concurrency: true }, () => {
  const nodes = mayNotMakeHosts() === undefined ? '3' : '1';
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const) {
    test(signal, { timeout: 120_000 }, async () => {
      await using run = await Interrupted.start(['--store', 'etcd', '--nodes', nodes, '--seed', 'interrupted']);
      const processes = run.descendants();
      // The server or servers, and three clients.
      assert.ok(processes.length >= 3 + Number(nodes), `${processes.length} processes`);
      assert.ok(run.folders().length > 0);
      const leg = run.leg();
      assert.equal(leg !== undefined, nodes === '3');
      assert.equal(await run.end(signal), code);
      // Within the time that this test has.
      await run.gone(processes, leg);
    });
  }
});

function steps(seed: string, count: number): Step[] {
  const plan = planOf(seed, faultsOf({ store: 'etcd', nodes: 3 }), TIMES);
  return Array.from({ length: count }, () => plan.next().value);
}
