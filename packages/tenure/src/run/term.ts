import { type Dcs, DcsError, type Lease } from '@tenure/core';
import type { CommandEnd, Guard } from './guard.ts';
import { type HostMoment, momentAfter } from './host-clock.ts';

export interface TermOptions {
  readonly command: readonly string[];
  readonly grace: number;
  readonly killTime: number;
  /** Start the command again when it ends, and keep the lease. */
  readonly restart: boolean;
  /** Aborted when the user asked to stop: nothing is started again. */
  readonly stop: AbortSignal;
  readonly tell: (event: string, fields?: Readonly<Record<string, unknown>>) => void;
}

/** First and longest pause before a command is started again, and how long it must have run for the first to count anew. */
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 30_000;
const RAN_WELL = 10_000;

/**
 * Runs the command under one lease and renews the lease meanwhile. When it resolves no process of the command is left: it
 * ended, or it was stopped before the lease could pass on.
 */
export async function serveTerm(dcs: Dcs, lease: Lease, guard: Guard, options: TermOptions): Promise<CommandEnd> {
  const done = new AbortController();
  const lost = () => {
    // At its deadline the watchdog stops the command by itself, with the grace that is left for it.
    if (dcs.store.clock.now() < lease.deadline) guard.kill();
  };
  lease.signal.addEventListener('abort', lost, { once: true });
  const renewals = renewing(dcs, lease, guard, done.signal, options);
  try {
    return await runs(dcs, lease, guard, options);
  } finally {
    lease.signal.removeEventListener('abort', lost);
    done.abort();
    await renewals;
  }
}

async function runs(dcs: Dcs, lease: Lease, guard: Guard, options: TermOptions): Promise<CommandEnd> {
  const { clock } = dcs.store;
  const env = { TENURE_TOKEN: String(lease.token), TENURE_NAME: lease.name, TENURE_SCOPE: lease.scope };
  let pause = FIRST_PAUSE;
  for (;;) {
    if (!lease.held) return { type: 'stopped' };
    const began = clock.now();
    const { command, grace, killTime } = options;
    const end = await guard.run({ command, env, grace, killTime, deadline: deadlineOf(lease, dcs) });
    if (!options.restart || end.type !== 'exited') return end;
    if (options.stop.aborted) return end;
    if (clock.now() - began > RAN_WELL) pause = FIRST_PAUSE;
    options.tell('restarting', { code: end.code, signal: end.signal, inSeconds: pause / 1000 });
    const until = AbortSignal.any([options.stop, lease.signal]);
    await clock.sleep(pause, until).catch(() => undefined);
    if (options.stop.aborted) return end;
    pause = Math.min(LONGEST_PAUSE, pause * 2);
  }
}

/** The lease's deadline on the host's clocks: TERM goes then, and the stop budget lies behind it. */
function deadlineOf(lease: Lease, dcs: Dcs): HostMoment {
  return momentAfter(() => lease.deadline - dcs.store.clock.now());
}

/** Renews each `loopWait`; after a failure half of it later. Every success moves the watchdog's deadline. */
async function renewing(dcs: Dcs, lease: Lease, guard: Guard, done: AbortSignal, options: TermOptions): Promise<void> {
  const { clock } = dcs.store;
  const { loopWait } = dcs.timing;
  const until = AbortSignal.any([done, lease.signal]);
  let failing = false;
  let next = clock.now() + loopWait;
  while (!until.aborted) {
    try {
      await clock.sleep(Math.max(0, next - clock.now()), until);
      next = clock.now() + loopWait;
      await lease.renew({ signal: until });
      guard.prolong(deadlineOf(lease, dcs));
      if (failing) options.tell('store answers again');
      failing = false;
    } catch (error) {
      if (until.aborted) return;
      if (!failing) options.tell('renewal failed', { reason: DcsError.is(error) ? error.code : String(error) });
      failing = true;
      next = clock.now() + loopWait / 2;
    }
  }
}
