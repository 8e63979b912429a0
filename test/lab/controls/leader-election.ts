import { setTimeout as sleep } from 'node:timers/promises';
import type { Competitor, Contest } from './control.ts';

/** A key that is written only over the version that was read: all that the algorithm asks of a store. */
export interface Register<Version> extends Competitor {
  get(): Promise<{ readonly value: string; readonly version: Version } | undefined>;
  /** `version`: of what it is written over; `undefined`: there must be nothing. False when that did not hold. */
  put(value: string, version: Version | undefined): Promise<boolean>;
}

interface LeaseRecord {
  readonly holder: string;
  readonly transitions: number;
  /** New with each renewal. */
  readonly renewals: number;
}

/**
 * The algorithm of client-go's `leaderelection`, in the proportions of its defaults (LeaseDuration 15 s, RenewDeadline 10 s,
 * RetryPeriod 2 s). The holder writes the record anew each RetryPeriod and gives up when it has not succeeded within RenewDeadline
 * of the first attempt since. Another takes the record over once it has not seen it change for LeaseDuration, on its own clock, from when it
 * first saw what is there. Nobody compares clocks, and the bound is right; like client-go it fences nothing, and whoever leads learns of
 * the end by a timer.
 */
export function leaderElection<Version>(contest: Contest, register: Register<Version>): Competitor {
  const { ttl, name, now, elected, lost } = contest;
  const renewDeadline = (ttl * 10) / 15;
  const retryPeriod = (ttl * 2) / 15;
  const stop = new AbortController();
  let observed: { readonly value: string; readonly at: number } | undefined;

  /** One attempt to take or to keep the record; false when another has it. */
  const tryAcquireOrRenew = async (): Promise<boolean> => {
    const found = await register.get();
    if (found !== undefined && found.value !== observed?.value) observed = { value: found.value, at: now() };
    const record = found && (JSON.parse(found.value) as LeaseRecord);
    const isMine = record?.holder === name;
    if (record !== undefined && record.holder !== '' && !isMine && observed !== undefined && now() < observed.at + ttl)
      return false;
    const next: LeaseRecord = {
      holder: name,
      transitions: (record?.transitions ?? 0) + (isMine ? 0 : 1),
      renewals: (record?.renewals ?? 0) + 1,
    };
    const value = JSON.stringify(next);
    if (!(await register.put(value, found?.version))) return false;
    observed = { value, at: now() };
    return true;
  };

  const attempt = async (within: number): Promise<boolean> => {
    const late = sleep(within, false, { signal: stop.signal }).catch(() => false);
    return await Promise.race([tryAcquireOrRenew().catch(() => false), late]);
  };

  /** Returns when office is over. */
  const hold = async (): Promise<void> => {
    const longest = retryPeriod + renewDeadline;
    let renewed = now();
    while (!stop.signal.aborted && now() < renewed + longest) {
      await sleep(retryPeriod, undefined, { signal: stop.signal }).catch(() => undefined);
      const left = renewed + longest - now();
      if (left > 0 && (await attempt(left))) renewed = now();
    }
  };

  const compete = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      if (await attempt(renewDeadline)) {
        elected();
        await hold();
        lost();
      }
      await sleep(retryPeriod, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const competing = compete();

  return {
    read: () => register.read(),
    write: (value) => register.write(value),
    leave: async () => {
      stop.abort();
      await competing;
      await register.leave();
    },
  };
}
