import { suiteOn } from './two-leaders-suite.ts';

/** Milliseconds: 7/12 of it less a tick are guaranteed, 2.1 s, of which a busy machine needs some for a renewal. */
suiteOn(['zookeeper'], 4000);
