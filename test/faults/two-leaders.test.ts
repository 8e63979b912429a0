import { suiteOn } from './two-leaders-suite.ts';

/** Milliseconds; the least that etcd grants. */
suiteOn(['embedded', 'etcd'], 2000);
