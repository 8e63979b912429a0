import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { temporaryFolder } from '../servers/folder.ts';
import { startEtcd } from '../servers/index.ts';
import { faults } from './two-leaders-parts.ts';
import { type Outcome, type Place, twoLeaders } from './two-leaders-run.ts';

/** Milliseconds; the least that etcd grants. */
const TTL = 2000;

function assertSafe({ fault, elected, window, actsInside, actsBefore }: Outcome): void {
  assert.ok(actsBefore > 0, `${fault}: the holder never acted`);
  assert.ok(elected !== undefined && window !== undefined, `${fault}: nobody took over`);
  assert.ok(window <= 0, `${fault}: the holder acted ${window} ms after its rival's election`);
  assert.equal(actsInside, 0);
}

suite('the old holder has stopped before anyone else is elected', { concurrency: true }, () => {
  const cleanup = new AsyncDisposableStack();
  const places: Partial<Record<Place['type'], Place>> = {};

  before(async () => {
    const folder = cleanup.adopt(await temporaryFolder('tenure-two-leaders-'), (it) => it.remove());
    const cluster = cleanup.use(await startEtcd({ version: '3.5', fast: true }));
    const [host = '', port = ''] = cluster.endpoints[0]?.split(':') ?? [];
    places.embedded = { type: 'embedded', path: join(folder.path, 'store.db') };
    places.etcd = { type: 'etcd', host, port: Number(port) };
  });
  after(async () => await cleanup.disposeAsync());

  for (const type of ['embedded', 'etcd'] as const) {
    for (const fault of faults) {
      test(`${type}, ${fault}`, async () => {
        assertSafe(await twoLeaders(places[type] as Place, 'tenure', fault, TTL));
      });
    }
  }

  test("the control, etcd3's Election, does lead beside its successor after a cut", async () => {
    const { window, actsInside } = await twoLeaders(places.etcd as Place, 'etcd3', 'cut', TTL);
    assert.ok(window !== undefined && window > 0 && actsInside > 0, `two leaders for ${window} ms`);
  });
});
