import type { Mutant } from './mutant.ts';

/** Defects that core had when the laboratory was new, put back: those that come more often than once in ten thousand histories. */
export const foundMutants: readonly Mutant[] = [
  {
    name: 'lets a lease outlive the session that it is being moved to',
    edits: [{ file: 'retime.js', find: 'holder?.moving(next);', replace: '' }],
  },
  {
    name: 'takes a proof that comes too late for a fresh one',
    edits: [
      {
        file: 'feed.js',
        find: 'const stale = this.#clock.now() - this.#confirmed >= this.#staleAfter;',
        replace: 'const stale = false;',
      },
    ],
  },
];
