import type { HistoryEvent, StateEvent, Value } from '../src/history/event.ts';
import { run } from './history-story.ts';

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

export interface Shape {
  readonly clients: number;
  readonly operations: number;
  /** Of operations, the part whose reply is lost. */
  readonly unknown: number;
  /** Of writes, the part without a guard. */
  readonly blind: number;
  /** A witness tells the states, late and not all of them, and an administrator deletes the document now and then. */
  readonly witnessed?: boolean;
}

interface Request {
  readonly id: number;
  readonly write?: { readonly value: string; readonly after?: Value };
  /** What the register answered. */
  answer?: { readonly outcome: 'ok' | 'refused'; readonly value?: Value };
}

/**
 * What clients of an atomic register tell: at each step one of them calls, or a request reaches the register, or an answer
 * its client. A request that was given up reaches the register at any later step, or never.
 */
export function simulate(
  random: Random,
  { clients, operations, unknown, blind, witnessed = false }: Shape,
): HistoryEvent[] {
  const events: HistoryEvent[] = [run];
  const register = new SimulatedRegister();
  const busy: (Request | undefined)[] = Array.from({ length: clients }, () => undefined);
  const known: Value[] = busy.map(() => null);
  const adrift = new Set<Request>();
  for (let calls = 0; calls < operations || busy.some((request) => request !== undefined); ) {
    const at = events.length;
    const late = [...adrift].find(() => random() < 0.02);
    if (late !== undefined && adrift.delete(late)) register.meet(late);
    if (witnessed && random() < 0.01) register.change(null, 'administrator');
    if (witnessed && random() < 0.2) events.push(...register.witness(at));
    const client = Math.floor(random() * clients);
    const request = busy[client];
    if (request === undefined) {
      if (calls === operations) continue;
      const id = ++calls;
      const call = { type: 'call', at, client: `c${client}`, document: 'config', id } as const;
      const guard = random() < blind ? {} : { after: random() < 0.7 ? (known[client] ?? null) : register.state };
      const write = { value: `v${id}`, ...guard };
      const reads = random() < 0.5;
      busy[client] = reads ? { id } : { id, write };
      events.push(reads ? { ...call, operation: 'read' } : { ...call, operation: 'write', ...write });
    } else if (random() < unknown / 2) {
      busy[client] = undefined;
      if (request.answer === undefined) adrift.add(request);
      events.push({ type: 'return', at, id: request.id, outcome: 'unknown' });
    } else if (request.answer === undefined) register.meet(request);
    else {
      busy[client] = undefined;
      if (request.write === undefined) known[client] = request.answer.value ?? null;
      events.push({ type: 'return', at, id: request.id, ...request.answer });
    }
  }
  if (witnessed) events.push(...register.witness(events.length));
  return events;
}

class SimulatedRegister {
  state: Value = null;
  #untold: { readonly value: Value; readonly by: 'client' | 'administrator' }[] = [];

  meet(request: Request): void {
    const { write } = request;
    const lands = write === undefined || write.after === undefined || write.after === this.state;
    if (write !== undefined && lands) this.change(write.value, 'client');
    request.answer = write === undefined ? { outcome: 'ok', value: this.state } : { outcome: lands ? 'ok' : 'refused' };
  }

  change(value: Value, by: 'client' | 'administrator'): void {
    if (value === this.state) return;
    this.state = value;
    this.#untold.push({ value, by });
  }

  /** Of clients' writes since the last time, the last one before an administrator came; what the administrator did is always told. */
  witness(at: number): StateEvent[] {
    const told = this.#untold.filter(
      ({ by }, index) => by === 'administrator' || this.#untold[index + 1]?.by !== 'client',
    );
    this.#untold = [];
    return told.map(({ value, by }) => ({ type: 'state', at, key: 'config', value, by }));
  }
}
