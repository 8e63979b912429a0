/**
 * Deterministic simulation: the real clients of core on the memory store of `@tenure/embedded`, under virtual time, across a
 * network that is made of nothing but a seed.
 *
 * - `scheduleOf(seed)`: what shall happen, as data.
 * - `simulate(schedule)`: the history of it, the same each time.
 * - `judge(schedule, history)`: what it breaks of the promises made under that schedule.
 * - `run({ seeds, signal })`: all three, until one fails.
 */
export { judge } from './judge.ts';
export { type Batch, type BatchOptions, type Failure, run } from './run.ts';
export type { ClientPlan, Fault, FaultType, Role, Schedule } from './schedule.ts';
export { scheduleOf } from './schedule-of.ts';
export { simulate } from './simulate.ts';
