import { interop } from './interop.ts';

await interop('etcd');
