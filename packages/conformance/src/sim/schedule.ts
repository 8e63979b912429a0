/** What a client does with its life: `lead()`, a loop of its own, `campaign()`, or a loop whose session serves two scopes. */
export type Role = 'lead' | 'loop' | 'campaign' | 'shared';

export interface ClientPlan {
  readonly name: string;
  readonly role: Role;
  /** Whether it watches the cluster all the time, or only while it campaigns. */
  readonly watches: boolean;
  /** Milliseconds that its clock gains in one of true time. */
  readonly rate: number;
}

/** What may go wrong with a line for a while. */
export const lineFaults = ['cut', 'mute', 'deaf', 'slow', 'lossy', 'flaky', 'refuse'] as const;
/** What may happen to a client: but for `reset` and `step`, for a while. */
export const clientFaults = ['reset', 'stop', 'suspend', 'crash', 'twin', 'step', 'leave'] as const;
/** What may happen to the server. */
export const serverFaults = ['restart', 'hang'] as const;
/** What an administrator may do: `expire` a session, delete the leader key, or put another name or the leader's own into it. */
export const adminFaults = ['expire', 'delete', 'overwrite', 'rewrite'] as const;
/** What is asked of a daemon, and is no fault: to change its timing. */
export const orders = ['retime'] as const;

export const faultTypes = [...lineFaults, ...clientFaults, ...serverFaults, ...adminFaults, ...orders] as const;
export type FaultType = (typeof faultTypes)[number];

export interface Fault {
  readonly type: FaultType;
  /** Milliseconds from the beginning of the history. */
  readonly at: number;
  /** Milliseconds that it lasts. */
  readonly lasts: number;
  /** A client, or whoever leads then; without one the server. */
  readonly target?: string;
}

/** All that a simulated history follows from: data, so that it can be written down, cut down and replayed. Milliseconds. */
export interface Schedule {
  readonly seed: number;
  readonly ttl: number;
  readonly stopBudget: number;
  /** What every clock's rate is off by at most, as the clients are told. */
  readonly drift: number;
  /** Whether the clocks keep to it: when they do not, only the fence is promised to hold. */
  readonly withinDrift: boolean;
  readonly serverRate: number;
  /** The most that a message takes on a sound line. */
  readonly latency: number;
  /** Whether it goes on until a leader must exist again and every view shows the final state, or ends with the last fault. */
  readonly settles: boolean;
  readonly clients: readonly ClientPlan[];
  readonly faults: readonly Fault[];
}

/** When the last fault is over. */
export function soundFrom({ faults }: Schedule): number {
  return Math.max(0, ...faults.map(({ at, lasts }) => at + lasts));
}

/** The longest ttl that a `retime` asks for, as a ratio of the ttl before. */
export const LONGEST_RETIME = 1.5;

/** Milliseconds that a timer is late at most, on a process that runs. */
const TIMER_GRAIN = 2;

/** What the clients of a schedule are promised, in true time. */
export function promises({ ttl, drift, faults, clients }: Schedule) {
  const longest = faults.some(({ type }) => type === 'retime') ? ttl * LONGEST_RETIME : ttl;
  const slowest = Math.min(1, ...clients.map(({ rate }) => rate));
  const loopWait = longest / 3 / slowest;
  return {
    ttl: longest,
    staleAfter: loopWait + TIMER_GRAIN,
    // A session that ends by itself, the watch that tells of it, an attempt that hangs and the pause after it.
    leaderWithin: longest * (1 + 3 * drift) + 3 * loopWait,
  };
}
