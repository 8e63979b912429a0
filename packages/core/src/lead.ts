import type { Dcs } from './dcs.ts';
import { DcsError } from './errors.ts';
import type { Lease } from './lease.ts';

export interface LeadOptions {
  readonly signal?: AbortSignal;
  /** Reject with LEASE_LOST when the lease is lost, instead of waiting for office and starting again. */
  readonly once?: boolean;
}

/**
 * For daemons without a loop of their own: waits for office, runs `work`, renews each `loopWait` for as long as it runs,
 * and gives the office up when it ends. `lease.signal` aborts before the lease could pass on, early by `stopBudget`: work
 * must stop on it, and call `lease.assertHeld()` before each act that needs the office. When the lease is lost, `lead`
 * waits for work to end and then for office again. A hung event loop renews nothing, so it loses office.
 * @returns what `work` returned while it held office
 * @throws what `work` threw while it held office; the reason of `signal`, after work ended; LEASE_LOST with `once`; and
 * what `campaign` throws
 */
export async function lead<T>(dcs: Dcs, work: (lease: Lease) => Promise<T>, options: LeadOptions = {}): Promise<T> {
  const { signal, once = false } = options;
  const { clock } = dcs.store;
  for (;;) {
    const began = clock.now();
    const lease = await dcs.campaign(signal === undefined ? {} : { signal });
    const outcome = await serve(dcs, lease, work, signal);
    signal?.throwIfAborted();
    if (outcome.inOffice) {
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    }
    if (once) throw lease.signal.reason;
    // An office that is lost as soon as it is won is not fought for without a pause.
    await clock.sleep(Math.max(0, began + dcs.timing.loopWait / 2 - clock.now()), signal);
  }
}

type Outcome<T> =
  | { readonly inOffice: true; readonly value: T }
  | { readonly inOffice: boolean; readonly error: unknown }
  | { readonly inOffice: false };

async function serve<T>(
  dcs: Dcs,
  lease: Lease,
  work: (lease: Lease) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<Outcome<T>> {
  const done = new AbortController();
  const resign = () => lease.resign();
  const renewals = renewing(dcs, lease, done.signal);
  signal?.addEventListener('abort', resign, { once: true });
  try {
    const value = await work(lease);
    return lease.held ? { inOffice: true, value } : { inOffice: false };
  } catch (error) {
    return { inOffice: lease.held, error };
  } finally {
    signal?.removeEventListener('abort', resign);
    done.abort();
    await renewals;
    await lease.release().catch(ignoreOutage);
  }
}

/** Renews each `loopWait`, after a failure in half that time, and sooner when less validity is left. */
async function renewing(dcs: Dcs, lease: Lease, done: AbortSignal): Promise<void> {
  const { clock } = dcs.store;
  const until = AbortSignal.any([done, lease.signal]);
  const pause = (most: number) => Math.min(most, Math.max(lease.remaining / 2, most / 4));
  let next = clock.now() + pause(dcs.timing.loopWait);
  while (!until.aborted) {
    try {
      await clock.sleep(Math.max(0, next - clock.now()), until);
      const began = clock.now();
      await lease.renew({ signal: until });
      next = began + pause(dcs.timing.loopWait);
    } catch {
      next = clock.now() + pause(dcs.timing.loopWait / 2);
    }
  }
}

function ignoreOutage(error: unknown): void {
  if (!DcsError.is(error)) throw error;
}
