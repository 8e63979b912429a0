export { documents, ofRaw } from './documents.ts';
export { Journal } from './journal.ts';
export type { Contestant, ContestantOrder, Kind, KindName } from './kinds.ts';
export { type ClientSpec, type LineFault, lineFaults, type Measure, type Order, type StoreSpec } from './spec.ts';
export { ClientProcess, startClient } from './start.ts';
export { connectStore } from './store.ts';
