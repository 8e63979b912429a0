export { type FileOptions, file } from './file.ts';
export { type MemoryOptions, MemoryServer, memory } from './memory.ts';
export { VirtualClock } from './virtual-clock.ts';
