/**
 * Deterministic simulation: the real clients of core on the memory store of `@tenure/embedded`, under virtual time, across a
 * network that is made of nothing but a seed.
 *
 * - `scheduleOf(seed)`: what shall happen, as data.
 * - `simulate(schedule)`: the history of it, the same each time.
 * - `judge(schedule, history)`: what it breaks of the promises made under that schedule.
 * - `run({ seeds, signal })`: all three, until one fails; `trial(schedule)`: those of one schedule.
 * - `shrink(failure)`: the least that still fails.
 */
export { judge } from './judge.ts';
export { type Batch, type BatchOptions, type Failure, run, trial } from './run.ts';
export { type ClientPlan, type Fault, type FaultType, faultTypes, type Role, type Schedule } from './schedule.ts';
export { scheduleOf } from './schedule-of.ts';
export { shrink } from './shrink.ts';
export { simulate } from './simulate.ts';
