import { suiteOn } from './two-leaders-suite.ts';

/** Milliseconds: 2 s are guaranteed of it, of which a busy machine needs some for a renewal. */
suiteOn(['consul'], 4000);
