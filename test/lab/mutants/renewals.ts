import type { Mutant } from './mutant.ts';

/** What a renewal proves, and what ends a lease. */
export const renewalMutants: readonly Mutant[] = [
  {
    name: 'renews the session without a look at the leader key',
    edits: [
      {
        file: 'lease.js',
        find: 'office.session.renew(this.#clock.hold, { guards, writes }, deadline, office.maxAge)',
        replace: 'office.session.renew(this.#clock.hold, { guards: [], writes }, deadline, office.maxAge)',
      },
    ],
  },
  {
    name: 'ignores that a renewal was refused',
    edits: [
      {
        file: 'lease.js',
        find: `if (commit === undefined)
                throw await this.#deposed(deadline);
            written();`,
        replace: 'written();',
      },
    ],
  },
  {
    name: 'says that the office is gone, and goes on holding it',
    edits: [
      {
        file: 'lease.js',
        find: `this.lost('the leader key or the term changed');`,
        replace: '',
      },
    ],
  },
  {
    name: 'proves no key while the shared session is fresh',
    edits: [
      {
        file: 'shared-session.js',
        find: '[txn && this.#calls.commit(txn, deadline), fresh]',
        replace: '[fresh === undefined ? { versions: new Map() } : txn && this.#calls.commit(txn, deadline), fresh]',
      },
    ],
  },
  {
    name: 'takes a lost session for an outage, and its lease for held',
    edits: [
      {
        file: 'lease-clock.js',
        find: 'if (this.#ended !== undefined || this.#hold.lost)',
        replace: 'if (this.#ended !== undefined)',
      },
      {
        file: 'lease-clock.js',
        find: `this.#unlisten = this.#hold.whenLost(() => this.end('its session is gone', 'lost'));`,
        replace: '',
      },
      {
        file: 'lease.js',
        find: `throw DcsError.is(error, 'SESSION_LOST') ? this.lost('its session is gone') : error;`,
        replace: 'throw error;',
      },
    ],
  },
  {
    name: 'never believes that a session is lost',
    edits: [{ file: 'hold.js', find: 'return this.#lost;', replace: 'return false;' }],
  },
  {
    name: 'releases without a guard',
    edits: [
      {
        file: 'lease.js',
        find: `guards: this.guards,
                writes: [...writes`,
        replace: `guards: [],
                writes: [...writes`,
      },
    ],
    note: 'the late release of a lease that ran out deletes the key of the successor',
  },
  {
    name: 'holds office until its release is answered',
    edits: [
      { file: 'lease.js', find: `this.#clock.end('it was released', 'released');`, replace: '' },
      {
        file: 'lease.js',
        find: `throw error;
        }
        written();
    }`,
        replace: `throw error;
        }
        this.#clock.end('it was released', 'released');
        written();
    }`,
      },
    ],
  },
];
