import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { controlNames } from './two-leaders-controls.ts';
import { faults } from './two-leaders-parts.ts';
import { placeOf } from './two-leaders-places.ts';
import { type Outcome, type Place, twoLeaders } from './two-leaders-run.ts';

function assertSafe({ fault, elected, window, actsInside, actsBefore }: Outcome): void {
  assert.ok(actsBefore > 0, `${fault}: the holder never acted`);
  assert.ok(elected !== undefined && window !== undefined, `${fault}: nobody took over`);
  assert.ok(window <= 0, `${fault}: the holder acted ${window} ms after its rival's election`);
  assert.equal(actsInside, 0);
}

/** Every fault on these stores with our client, and the cut with the control of those that have one; all at one time. */
export function suiteOn(types: readonly Place['type'][], ttl: number): void {
  suite('the old holder has stopped before anyone else is elected', { concurrency: true }, () => {
    const cleanup = new AsyncDisposableStack();
    const places = new Map<Place['type'], Place>();
    const placed = (type: Place['type']) => places.get(type) as Place;

    before(async () => {
      const found = await Promise.all(types.map(async (type) => await placeOf(type, cleanup)));
      for (const place of found) places.set(place.type, place);
    });
    after(async () => await cleanup.disposeAsync());

    for (const type of types) {
      for (const fault of faults) {
        test(`${type}, ${fault}`, async () => assertSafe(await twoLeaders(placed(type), 'tenure', fault, ttl)));
      }
      if (type === 'embedded') continue;
      test(`the control on ${type}, ${controlNames[type]}, does lead beside its successor after a cut`, async () => {
        const { window, actsInside } = await twoLeaders(placed(type), 'control', 'cut', ttl);
        assert.ok(window !== undefined && window > 0 && actsInside > 0, `two leaders for ${window} ms`);
      });
    }
  });
}
