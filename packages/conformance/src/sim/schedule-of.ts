import { Random } from './random.ts';
import {
  adminFaults,
  type ClientPlan,
  clientFaults,
  type Fault,
  type FaultType,
  lineFaults,
  orders,
  type Role,
  type Schedule,
  serverFaults,
} from './schedule.ts';

/** How often each kind of fault is drawn. */
const KINDS: readonly (readonly [number, readonly FaultType[]])[] = [
  [0.35, lineFaults],
  [0.65, clientFaults],
  [0.77, serverFaults],
  [0.9, adminFaults],
  [1, orders],
];

const ROLES: readonly Role[] = ['lead', 'lead', 'loop', 'loop', 'campaign', 'shared', 'shared'];

/** The schedule of a seed. */
export function scheduleOf(seed: number): Schedule {
  const random = new Random(seed);
  const ttl = random.pick([1000, 3000, 10_000]);
  const drift = random.pick([0.001, 0.05]);
  const withinDrift = random.chance(0.95);
  const rate = () => 1 + drift * (withinDrift ? 0.98 : 6) * random.pick([-1, -1, 0, 1, 1]);
  const clients: ClientPlan[] = ['n1', 'n2', 'n3', 'n4'].slice(0, random.pick([2, 2, 2, 3, 3, 4])).map((name) => {
    const role = random.pick(ROLES);
    return { name, role, watches: role === 'loop' || role === 'shared' || random.chance(0.3), rate: rate() };
  });
  const latency = ttl * random.pick([0.002, 0.01, 0.05]);
  const faults = Array.from({ length: random.whole(0, 6) }, () => drawn(random, ttl, clients));
  // Troubles seldom come singly: one that ends, or has just ended, is followed by one of the line.
  for (const { type, target, at, lasts } of faults.filter(({ type }) => random.chance(type === 'retime' ? 0.5 : 0.3))) {
    const gap = type === 'retime' ? random.between(0, 2) * latency : random.between(-0.1, 0.1) * ttl;
    const next = { at: Math.max(0, Math.round(at + lasts + gap)), lasts: Math.round(random.between(0.05, 1) * ttl) };
    faults.push({ type: random.pick(lineFaults), ...next, ...(target && { target }) });
  }
  return {
    seed,
    ttl,
    stopBudget: random.chance(0.5) ? 0 : ttl / 5,
    drift,
    withinDrift,
    serverRate: rate(),
    latency,
    settles: random.chance(0.4),
    clients,
    faults: faults.sort((a, b) => a.at - b.at),
  };
}

function drawn(random: Random, ttl: number, clients: readonly ClientPlan[]): Fault {
  const kind = random.next();
  const [, types] = KINDS.find(([upTo]) => kind < upTo) ?? [1, orders];
  const type = random.pick<FaultType>(types);
  const fault = { type, at: Math.round(random.between(0.2, 2) * ttl), lasts: 0 };
  const target = random.chance(0.5) ? 'leader' : random.pick(clients).name;
  if (type === 'reset' || type === 'step' || type === 'retime') return { ...fault, target };
  if (type === 'expire' || type === 'delete' || type === 'rewrite') return { ...fault, target: 'leader' };
  const lasts = Math.round((random.chance(0.5) ? random.between(0.05, 0.6) : random.between(0.6, 1.4)) * ttl);
  if (type === 'restart' || type === 'hang' || type === 'overwrite') return { ...fault, lasts };
  return { ...fault, lasts, target };
}
