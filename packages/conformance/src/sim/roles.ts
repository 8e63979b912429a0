import { Dcs, type Lease, lead, type SharedSession } from '@tenure/core';
import type { Client } from './client.ts';
import type { Role } from './schedule.ts';

/** What each role does for as long as its process lives. */
export const roles: Record<Role, (client: Client) => Promise<void>> = {
  lead: leading,
  loop,
  campaign: campaigning,
  shared: loop,
};

/** `lead()`, again and again: work that ends gives the office up. */
async function leading(client: Client): Promise<void> {
  for (;;) {
    await client.attempt(() => lead(client.dcs, (lease) => client.serve(lease)));
    await client.pause(0.5);
  }
}

/** A loop as Patroni's: look, then renew, take office or keep alive, each `loopWait`. One that gave an attempt up may never stand again. */
async function loop(client: Client): Promise<void> {
  const { dcs, process, operations } = client;
  let stands = true;
  for (;;) {
    const began = process.now();
    await client.attempt(async () => {
      const { lease } = dcs;
      if (lease !== undefined) await (client.quiet ? lease.renew() : operations.renew(lease));
      else if (await mayRun(client, stands)) {
        await client.served;
        const taken = await takeOffice(client);
        if (taken !== GIVEN_UP) serveAside(client, taken);
        else if (dcs.name !== ALWAYS_STANDS && client.random.chance(0.5)) {
          stands = false;
          // The key of a lease that ran out would bar the others for as long as the session lives.
          await client.lease?.release();
        }
      } else await dcs.keepAlive();
    });
    await process.sleep(Math.max(0, began + dcs.timing.loopWait - process.now()));
  }
}

/** `campaign()`, with renewals and a release of its own. */
async function campaigning(client: Client): Promise<void> {
  const { dcs, process, operations } = client;
  for (;;) {
    await client.attempt(async () => {
      const lease = await dcs.campaign();
      const done = new AbortController();
      const served = client.serve(lease).then(() => done.abort());
      while (!done.signal.aborted) {
        await process.sleep(dcs.timing.loopWait / 2, done.signal).catch(() => undefined);
        if (!done.signal.aborted) await client.attempt(() => lease.renew());
      }
      await served;
      await operations.release(lease);
    });
    await client.pause(0.5);
  }
}

/** A second scope on the same session: what it does is not recorded, but both are renewed and lost together. */
export async function accompany(client: Client, session: SharedSession): Promise<void> {
  const { dcs, process } = client;
  const other = new Dcs({ store: dcs.store, scope: 'other', name: dcs.name, timing: dcs.timing, session });
  for (;;) {
    await client.attempt(async () => {
      if (other.lease === undefined) await other.acquire();
      else if (client.random.chance(0.1)) await other.lease.release();
      else await other.lease.renew();
    });
    await process.sleep(other.timing.loopWait * client.random.between(0.3, 1));
  }
}

/** Without this one a history could end without anyone who stands for office. */
const ALWAYS_STANDS = 'n1';
const GIVEN_UP = Symbol('given up');

/** One attempt, which its caller now and then gives up while it is under way. */
async function takeOffice(client: Client): Promise<Lease | undefined | typeof GIVEN_UP> {
  const { dcs, process, random } = client;
  if (client.quiet || random.chance(0.7)) return await dcs.acquire();
  const patience = new AbortController();
  const cancel = process.timer(dcs.timing.loopWait * 0.3 * random.next() ** 2, () => patience.abort(GIVEN_UP));
  try {
    return await dcs.acquire({ signal: patience.signal });
  } catch (error) {
    if (error === GIVEN_UP) return GIVEN_UP;
    throw error;
  } finally {
    cancel();
  }
}

/** Who does not stand takes only a key in its own name that no session holds: nobody else could, and it would stay for good. */
async function mayRun(client: Client, stands: boolean): Promise<boolean> {
  const { dcs, random } = client;
  const { isUnlocked, leader } = dcs.latest !== undefined && random.chance(0.5) ? dcs.latest : await dcs.view();
  if (stands && isUnlocked) return true;
  return leader?.name === dcs.name && (stands || leader.session === undefined);
}

function serveAside(client: Client, lease: Lease | undefined): void {
  if (lease === undefined) return;
  void client.serve(lease).then(async () => {
    if (!lease.signal.aborted) await client.attempt(() => client.operations.release(lease));
  });
}
