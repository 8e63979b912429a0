export { Administrator } from './administrator.ts';
export { type Fault, type Inflicted, type Stage, whyAbsent } from './faults/fault.ts';
export { mend } from './faults/servers.ts';
export { faults, faultsOf, faultTable } from './faults/table.ts';
export { type Ground, type GroundOptions, openGround } from './ground.ts';
export { type Line, LinkLine, ProxyLine } from './line.ts';
export { leaderWithin, type Profile, profiles, type StoreName, staleAfter, stores } from './profile.ts';
export { Rival } from './rival.ts';
export { Witness } from './witness.ts';
