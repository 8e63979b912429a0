import { constants, hostname } from 'node:os';
import { basename } from 'node:path';
import { type Dcs, DcsError, type Lease, type MemberData } from '@tenure/core';
import { announceQuietly } from '../announce.ts';
import { EXIT, Exit } from '../cli/exit.ts';
import { STOP_SIGNALS, signalExit } from '../cli/terminal.ts';
import { type CommandEnd, Guard } from './guard.ts';
import { claimName } from './name.ts';
import { serveTerm } from './term.ts';

export interface RunOptions {
  readonly command: readonly string[];
  /** Milliseconds between TERM and KILL. */
  readonly grace: number;
  /** Milliseconds that a KILL may take to be carried out. */
  readonly killTime: number;
  /** Exit when the lease is lost, instead of waiting for it again. */
  readonly once: boolean;
  readonly restart: boolean;
  readonly tell: (event: string, fields?: Readonly<Record<string, unknown>>) => void;
}

/**
 * Waits for the lease, runs the command while it holds, releases it. Resolves to the exit code.
 * @throws Exit, DcsError
 */
export async function run(dcs: Dcs, options: RunOptions): Promise<number> {
  const stop = new AbortController();
  let guard: Guard | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    const running = guard?.signal(signal) ?? false;
    // To a running daemon HUP means "read your configuration": it alone asks nobody to end.
    if (signal !== 'SIGHUP' || !running) stop.abort(signalExit(signal));
  };
  for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
  try {
    guard = await Guard.launch();
    await enter(dcs, options, stop.signal);
    // What another application keeps under this scope, or a key that nothing ends, may be why the turn never comes.
    for (const { key, message } of dcs.latest?.problems ?? []) options.tell('problem', { key, message });
    return await terms(dcs, guard, stop.signal, options);
  } finally {
    await guard?.close();
    await dcs.close();
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
  }
}

/** Becomes a member under its name, or finds that the name is taken. */
async function enter(dcs: Dcs, options: RunOptions, stop: AbortSignal): Promise<void> {
  const ms = patience(dcs, options);
  const onWait = () => options.tell('name in use', { name: dcs.name, waitsSeconds: ms / 1000 });
  await reaching(dcs, stop, options, async () => {
    const claim = await claimName(dcs, ms, stop, onWait);
    try {
      await dcs.announce(describe('waiting', options), { signal: stop });
    } finally {
      // The key is under the session of the Dcs now. What cannot be ended expires.
      await claim.end({ timeout: 1000 }).catch(() => undefined);
    }
  });
}

/** Repeats `work` until the store is reached, as it is repeated later when contact is lost; with `once` it is not. */
async function reaching(
  dcs: Dcs,
  stop: AbortSignal,
  { once, tell }: RunOptions,
  work: () => Promise<void>,
): Promise<void> {
  for (let told = false; ; told = true) {
    try {
      await work();
      if (told) tell('store answers again');
      return;
    } catch (error) {
      if (once || !DcsError.is(error, 'UNAVAILABLE')) throw error;
      if (!told) tell('store unreachable', { reason: error.message });
    }
    await dcs.store.clock.sleep(Math.min(1000, dcs.timing.loopWait), stop);
  }
}

async function terms(dcs: Dcs, guard: Guard, stop: AbortSignal, options: RunOptions): Promise<number> {
  for (;;) {
    options.tell('waiting', { scope: dcs.scope, name: dcs.name });
    const lease = await dcs.campaign({ signal: stop });
    options.tell('leading', { scope: dcs.scope, name: dcs.name, token: lease.token });
    const telling = announceQuietly(dcs, describe('running', options));
    const end = await serveTerm(dcs, lease, guard, { ...options, stop });
    await telling;
    const code = await settle(dcs, lease, end, options);
    if (code !== undefined) return code;
    // The user asked to stop, and the lease was lost while the command did.
    stop.throwIfAborted();
  }
}

/** The exit code, or `undefined` when the lease was lost and is to be waited for again. */
async function settle(dcs: Dcs, lease: Lease, end: CommandEnd, options: RunOptions): Promise<number | undefined> {
  if (end.type !== 'stopped') {
    await lease.release().catch((error: unknown) => {
      options.tell('release failed', { reason: String(error), ttlSeconds: dcs.timing.ttl / 1000 });
    });
  }
  if (end.type === 'exited')
    return end.signal === null ? (end.code ?? EXIT.failed) : 128 + constants.signals[end.signal];
  if (end.type === 'unguarded') throw new Exit(EXIT.failed, 'the watchdog was killed, so the command was too');
  if (end.type === 'not started') {
    throw new Exit({ ENOENT: 127, EACCES: 126 }[end.code] ?? EXIT.failed, `${options.command[0]}: ${end.message}`);
  }
  const reason = lease.signal.reason instanceof Error ? lease.signal.reason.message : 'the lease was lost';
  if (options.once) throw new Exit(EXIT.failed, `${reason}; the command was stopped`);
  options.tell('lost', { token: lease.token, reason });
  await announceQuietly(dcs, describe('waiting', options));
  return undefined;
}

/** A dead predecessor's key is gone after its ttl, the store's grace, and a little for the look of it. */
function patience(dcs: Dcs, { grace, killTime }: RunOptions): number {
  return dcs.timing.ttl * 1.1 + Math.max(1000, grace + killTime);
}

function describe(state: 'waiting' | 'running', { command }: RunOptions): MemberData {
  return {
    state,
    role: state === 'running' ? 'primary' : 'replica',
    host: hostname(),
    pid: process.pid,
    command: basename(command[0] ?? ''),
  };
}
