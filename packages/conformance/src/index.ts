export type { Case } from './case.ts';
export { type EmbeddedHarnessOptions, fileHarness, memoryHarness } from './embedded.ts';
export type { Admin, Faults, Harness, Heal, Need } from './harness.ts';
export { healing } from './harness.ts';
export { check } from './history/check.ts';
export { encodeEvent, mergeHistories, parseHistory } from './history/codec.ts';
export type {
  ActEvent,
  CallEvent,
  FaultEvent,
  HistoryEvent,
  PauseEvent,
  ReturnEvent,
  RunEvent,
  StateEvent,
  TermEvent,
  UncaughtEvent,
  Value,
  ViewEvent,
} from './history/event.ts';
export { type Figures, type Report, type Rule, rules, type Violation } from './history/report.ts';
export { linkHarness } from './link-harness.ts';
export { mutate } from './mutants/mutant.ts';
export { mutants, runMutants, type Verdict } from './mutants.ts';
export { type Address, FaultProxy } from './proxy.ts';
export { type ProxiedStore, proxyHarness } from './proxy-harness.ts';
export { type Result, type RunOptions, runSuite, type Summary } from './run.ts';
export {
  type Batch,
  type BatchOptions,
  type ClientPlan,
  type Failure,
  type Fault,
  type FaultType,
  faultTypes,
  judge,
  type Role,
  run,
  type Schedule,
  scheduleOf,
  shrink,
  simulate,
  trial,
} from './sim/index.ts';
export { conformance } from './suite.ts';
