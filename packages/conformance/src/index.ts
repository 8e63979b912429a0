export type { Case } from './case.ts';
export type { Admin, Faults, Harness, Heal, Need } from './harness.ts';
export { healing } from './harness.ts';
export { linkHarness } from './link-harness.ts';
export { type Address, FaultProxy } from './proxy.ts';
export { type ProxiedStore, proxyHarness } from './proxy-harness.ts';
export { type Result, type RunOptions, runSuite, type Summary } from './run.ts';
export { conformance } from './suite.ts';
