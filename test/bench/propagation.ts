import { randomUUID } from 'node:crypto';
import { Dcs } from '@tenure/core';
import { compared, type Row } from './report.ts';
import { compare, type Side } from './sample.ts';
import type { Target } from './target.ts';
import { Watching } from './watching.ts';

const MOST = 1.1;
/** Milliseconds within which another process sees a change of the file. */
const FILE_BOUND = 50;

/**
 * From just before a put by another client until our watch has yielded the parsed view: beside the same put until the bare
 * watch has its event. Each has a prefix of its own, so that only one is at work.
 */
export async function propagation(target: Target, rounds: number): Promise<Row[]> {
  const scope = `bench-${randomUUID()}`;
  await using writer = target.connect();
  await using dcs = new Dcs({ store: target.connect(), scope, name: 'node1', ownStore: true });
  await using watching = new Watching(dcs);
  await watching.until(() => true);
  const put = (key: string, round: number) =>
    writer.commit({ guards: [], writes: [{ type: 'put', key, value: JSON.stringify({ round }) }] });
  const ours: Side = {
    run: async (round) => {
      await Promise.all([
        put(dcs.layout.key('config'), round),
        watching.until((view) => view.config.value?.round === round),
      ]);
    },
  };

  await using raw = await target.raw?.(`/raw/${scope}/`);
  if (raw?.watch === undefined) {
    const found = await compare(rounds, ours);
    const budget = { budget: `p99 ≤ ${FILE_BOUND} ms`, ok: found.ours.p99 <= FILE_BOUND };
    return [{ ...compared('watch propagation', found), ...budget }];
  }
  let tell: () => void = () => undefined;
  await using _watch = await raw.watch(`/raw/${scope}/`, () => tell());
  const bare: Side = {
    run: async (round) => {
      const event = new Promise<void>((resolve) => {
        tell = resolve;
      });
      await Promise.all([put(`/raw/${scope}/config`, round), event]);
    },
  };
  const found = await compare(rounds, ours, bare);
  return [compared('watch propagation', found, MOST)];
}
