import { randomUUID } from 'node:crypto';
import { Dcs, type Lease } from '@tenure/core';
import { compared, type Row } from './report.ts';
import { compare } from './sample.ts';
import type { Target } from './target.ts';
import { Watching } from './watching.ts';

/** So long that no session needs a renewal while the acquisitions are timed. */
const TTL = 300_000;
const MOST = 1.15;

/** What a leader does all day, beside the bare calls that it is made of. */
export async function latency(target: Target, rounds: number): Promise<Row[]> {
  const scope = `bench-${randomUUID()}`;
  await using dcs = new Dcs({ store: target.connect(), scope, name: 'node1', timing: { ttl: TTL }, ownStore: true });
  await using raw = await target.raw?.(`/raw/${scope}/`);
  await dcs.keepAlive();
  const rows: Row[] = [];
  let lease: Lease | undefined;

  // The session is open and a watch keeps the view warm: one commit, beside the transaction of the same guards and puts.
  {
    await using watching = new Watching(dcs);
    await watching.until((view) => view.isUnlocked);
    const acquire = await compare(
      rounds,
      {
        run: async () => {
          lease = await dcs.acquire();
        },
        reset: async () => {
          await watching.until((view) => !view.isUnlocked);
          await held(lease).release();
          await watching.until((view) => view.isUnlocked);
        },
      },
      raw && { run: () => raw.acquire(), reset: () => raw.release() },
    );
    rows.push(compared('acquire', acquire, MOST));
  }

  lease = await dcs.acquire();
  await raw?.acquire();
  // Session and office prolonged and proven: beside a bare keepalive and, at the same time, a bare check of the two guards.
  const renew = await compare(rounds, { run: () => held(lease).renew() }, raw && { run: () => raw.renew() });
  rows.push(compared('idle renewal', renew, MOST));

  // The config document under the fence of the lease: beside a put under the same two guards.
  const config = (round: number) => ({ ttl: 30, loop_wait: 10, retry_timeout: 10, round });
  const write = await compare(
    rounds,
    { run: (round) => dcs.config.write(config(round), { fence: held(lease) }) },
    raw && { run: (round) => raw.write(JSON.stringify(config(round))) },
  );
  rows.push(compared('fenced document write', write, MOST));

  // A parsed view, read through a quorum: beside a bare range over the very same keys.
  const view = await compare(rounds, { run: () => dcs.view() }, raw && { run: () => raw.read(dcs.layout.viewPrefix) });
  rows.push(compared('view by a linearizable read', view));

  return rows;
}

function held(lease: Lease | undefined): Lease {
  if (lease === undefined) throw new Error('the office is held by another');
  return lease;
}
