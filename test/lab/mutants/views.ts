import type { Mutant } from './mutant.ts';

/** What a watch shows. */
export const viewMutants: readonly Mutant[] = [
  {
    name: 'lets the answer of a read take a watched view back',
    edits: [
      {
        file: 'dcs.js',
        find: `if (watched || !this.#watched)
            this.#latest`,
        replace: 'this.#latest',
      },
    ],
  },
  {
    name: 'does not tell that a view is stale',
    edits: [
      {
        file: 'feed.js',
        find: 'this.#last = { ...this.#last, stale: true };',
        replace: 'return;',
      },
    ],
  },
  {
    name: 'tells that a view is stale when the store says so, not when loopWait has passed',
    edits: [
      {
        file: 'watch.js',
        find: '{ signal, staleAfter: timing.loopWait }',
        replace: '{ signal }',
      },
    ],
  },
  {
    name: 'counts the age of a view from the reply',
    edits: [
      {
        file: 'feed.js',
        find: 'this.#confirmed = Math.max(this.#confirmed, asOf);',
        replace: 'this.#confirmed = this.#clock.now();',
      },
    ],
  },
  {
    name: 'keeps the first of several states that its consumer has not asked for',
    edits: [
      {
        file: 'feed.js',
        find: `else
            this.#pending = state;
    }
    #end`,
        replace: `else
            this.#pending ??= state;
    }
    #end`,
      },
    ],
  },
  {
    name: 'drops a state that nobody waits for',
    edits: [
      {
        file: 'feed.js',
        find: `else
            this.#pending = state;
    }
    #end`,
        replace: `}
    #end`,
      },
    ],
  },
];
