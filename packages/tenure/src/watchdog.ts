import { type ChildProcess, spawn } from 'node:child_process';
import { groupAlive, signalGroup } from './run/group.ts';
import { type HostMoment, momentAfter, until } from './run/host-clock.ts';
import type { Order, Report } from './run/protocol.ts';

/**
 * The process between `tenure run` and its command. It starts the command, in a process group of its own, and sees to it
 * that the group is gone by the lease's deadline plus grace, also when `tenure run` is frozen; and that it is stopped at
 * once when `tenure run` is gone, however it died. It knows nothing of stores.
 */

/** How often the deadline is looked at, milliseconds: no timer counts the time that a machine was suspended. */
const LONGEST_TICK = 250;
/** How often the group is looked at while it is being stopped, milliseconds. */
const STOPPING_TICK = 10;

interface Watched {
  readonly process: ChildProcess;
  readonly group: number;
  readonly grace: number;
  /** When to KILL at the latest, once the command is being stopped. */
  stopBy: HostMoment | undefined;
  stopped: boolean;
  exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
}

let watched: Watched | undefined;
let deadline: HostMoment | undefined;
let timer: NodeJS.Timeout | undefined;

function report(message: Report): void {
  // `tenure run` may be gone at any moment: `disconnect` tells, not this.
  if (process.connected) process.send?.(message, () => undefined);
}

function start(order: Extract<Order, { type: 'start' }>): void {
  const [file = '', ...args] = order.command;
  deadline = order.deadline;
  if (until(deadline) <= 0) {
    report({ type: 'gone', code: null, signal: null, stopped: true });
    return;
  }
  const child = spawn(file, args, { detached: true, stdio: 'inherit', env: { ...process.env, ...order.env } });
  child.on('error', (error: NodeJS.ErrnoException) => {
    if (child.pid === undefined) report({ type: 'failed', code: error.code ?? '', message: error.message });
  });
  if (child.pid === undefined) return;
  const current: Watched = {
    process: child,
    group: child.pid,
    grace: order.grace,
    stopBy: undefined,
    stopped: false,
    exit: undefined,
  };
  watched = current;
  child.on('exit', (code, signal) => {
    current.exit = { code, signal };
    current.stopped = current.stopBy !== undefined;
    tick();
  });
  report({ type: 'started', group: current.group });
  tick();
}

/** TERM now; KILL after the grace, which `tick` sees to. */
function stop(current: Watched): void {
  if (current.stopBy !== undefined) return;
  current.stopBy = momentAfter(() => current.grace);
  signalGroup(current.group, 'SIGTERM');
  // A stopped process acts on TERM only when it goes on.
  signalGroup(current.group, 'SIGCONT');
}

/** Milliseconds until the KILL: the grace after TERM, and never later than the grace after the lease's deadline. */
function untilKill(current: Watched, stopBy: HostMoment): number {
  const byLease = deadline === undefined ? 0 : until(deadline) + current.grace;
  return Math.min(until(stopBy), byLease);
}

/** `heard`: what `tenure run` had sent by the moment the deadline was seen to have passed has been read. */
function tick(heard = false): void {
  clearTimeout(timer);
  const current = watched;
  if (current === undefined) return;
  if (current.exit !== undefined && !groupAlive(current.group)) {
    watched = undefined;
    report({ type: 'gone', ...current.exit, stopped: current.stopped });
    if (!process.connected) process.exit();
    return;
  }
  const left = deadline === undefined ? 0 : until(deadline);
  if (left <= 0 && !heard && current.stopBy === undefined) {
    // This process may have been late: a renewal that came in time is read in this turn of the event loop.
    setImmediate(tick, true);
    return;
  }
  // What the command left running when it ended is stopped too.
  if (left <= 0 || current.exit !== undefined) stop(current);
  if (current.stopBy === undefined) {
    timer = setTimeout(tick, Math.min(LONGEST_TICK, Math.max(1, left)));
    return;
  }
  const killIn = untilKill(current, current.stopBy);
  if (killIn <= 0) signalGroup(current.group, 'SIGKILL');
  timer = setTimeout(tick, killIn <= 0 ? STOPPING_TICK : Math.min(STOPPING_TICK * 5, Math.max(1, killIn)));
}

function obey(order: Order): void {
  if (order.type === 'start') start(order);
  else if (order.type === 'deadline') deadline = order.deadline;
  else if (watched === undefined) return;
  else if (order.type === 'signal') signalGroup(watched.group, order.signal);
  else {
    watched.stopBy ??= momentAfter(() => 0);
    signalGroup(watched.group, 'SIGKILL');
  }
  tick();
}

// Signals that a terminal or a service manager sends to everybody: `tenure run` decides what they mean.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => undefined);
process.on('message', obey);
process.on('disconnect', () => {
  if (watched === undefined) process.exit();
  stop(watched);
  tick();
});
report({ type: 'ready' });
