import type { HistoryEvent, RunEvent, Value } from '../src/history/event.ts';

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export type Random = () => number;

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

export const run: RunEvent = {
  ...{ type: 'run', at: 0, store: 'register', client: 'tenure', seed: '1' },
  ...{ ttl: 1000, staleAfter: 100, leaderWithin: 500, grace: 0 },
};

export interface Shape {
  readonly clients: number;
  readonly operations: number;
  /** Of operations, the part whose reply is lost. */
  readonly unknown: number;
  /** Of writes, the part without a guard. */
  readonly blind: number;
}

interface Request {
  readonly id: number;
  readonly write?: { readonly value: string; readonly after?: Value };
  /** What the register answered. */
  answer?: { readonly outcome: 'ok' | 'refused'; readonly value?: Value };
}

/**
 * What clients of an atomic register tell: at each step one of them calls, or a request reaches the register, or an answer
 * its client. A request whose client gave it up reaches the register at any later step, or never.
 */
export function simulate(random: Random, { clients, operations, unknown, blind }: Shape): HistoryEvent[] {
  const events: HistoryEvent[] = [run];
  const busy: (Request | undefined)[] = Array.from({ length: clients }, () => undefined);
  const known: Value[] = busy.map(() => null);
  const adrift = new Set<Request>();
  let state: Value = null;
  let calls = 0;
  const reach = (request: Request) => {
    const { write } = request;
    const lands = write === undefined || write.after === undefined || write.after === state;
    if (write !== undefined && lands) state = write.value;
    request.answer = write === undefined ? { outcome: 'ok', value: state } : { outcome: lands ? 'ok' : 'refused' };
  };
  const tell = (event: HistoryEvent) => events.push(event);
  while (calls < operations || busy.some((request) => request !== undefined)) {
    const at = events.length;
    const late = [...adrift].find(() => random() < 0.02);
    if (late !== undefined) {
      adrift.delete(late);
      reach(late);
    }
    const client = Math.floor(random() * clients);
    const request = busy[client];
    const common = { at, client: `c${client}`, document: 'config' };
    if (request === undefined) {
      if (calls === operations) continue;
      const id = ++calls;
      const guard = random() < blind ? {} : { after: random() < 0.7 ? (known[client] ?? null) : state };
      const write = random() < 0.5 ? undefined : { value: `v${id}`, ...guard };
      busy[client] = write === undefined ? { id } : { id, write };
      tell(
        write === undefined
          ? { ...common, type: 'call', id, operation: 'read' }
          : { ...common, type: 'call', id, operation: 'write', ...write },
      );
    } else if (random() < unknown / 2) {
      // Half of them before the register heard of it.
      busy[client] = undefined;
      if (request.answer === undefined) adrift.add(request);
      tell({ type: 'return', at, id: request.id, outcome: 'unknown' });
    } else if (request.answer === undefined) reach(request);
    else {
      busy[client] = undefined;
      if (request.write === undefined) known[client] = state;
      tell({ type: 'return', at, id: request.id, ...request.answer });
    }
  }
  return events;
}
