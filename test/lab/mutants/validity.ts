import type { Mutant } from './mutant.ts';

/** Until when the holder may act. */
export const validityMutants: readonly Mutant[] = [
  {
    name: 'counts validity from the reply of a renewal',
    edits: [
      {
        file: 'shared-session.js',
        find: `hold.renewedAt = Math.max(hold.renewedAt, sent);
                return commit;`,
        replace: `hold.renewedAt = clock.now();
                return commit;`,
      },
    ],
  },
  {
    name: 'counts validity from the reply of a renewal that several scopes share',
    edits: [
      {
        file: 'shared-session.js',
        find: `await this.#calls.renew(hold.session, undefined, deadline);
        hold.renewedAt = Math.max(hold.renewedAt, sent);`,
        replace: `await this.#calls.renew(hold.session, undefined, deadline);
        hold.renewedAt = this.store.clock.now();`,
      },
    ],
  },
  {
    name: 'counts validity from the reply that opened the session',
    edits: [
      {
        file: 'shared-session.js',
        find: 'new Hold(session, sent, ttl)',
        replace: 'new Hold(session, this.store.clock.now(), ttl)',
      },
    ],
  },
  {
    name: 'counts validity from the election, whenever the session was renewed',
    edits: [
      {
        file: 'lease-clock.js',
        find: `this.#hold = hold;
        this.#provenAt = hold.renewedAt;
        this.#listen();`,
        replace: `this.#hold = hold;
        this.#provenAt = office.store.clock.now();
        this.#listen();`,
      },
    ],
  },
  {
    name: 'measures validity on the wall clock',
    edits: [
      {
        file: 'lease-clock.js',
        find: 'return Math.max(0, this.deadline - this.#office.store.clock.now());',
        replace: `const { clock } = this.#office.store;
        this.wallAhead ??= clock.wall() - clock.now();
        return Math.max(0, this.deadline - (clock.wall() - this.wallAhead));`,
      },
    ],
    note: 'the time of day is set back while the lease runs',
  },
  {
    name: 'trusts its timer instead of reading the clock at use',
    edits: [
      {
        file: 'lease-clock.js',
        find: `if (this.remaining > 0)
            return true;`,
        replace: `if (this.#ended === undefined && !this.#hold.lost && !this.fired)
            return true;`,
      },
      {
        file: 'lease-clock.js',
        find: `if (this.held)
                this.#arm();`,
        replace: `this.fired = this.remaining === 0;
            if (this.held)
                this.#arm();`,
      },
    ],
    note: 'a process that was stopped goes on before its timers do',
  },
  {
    name: 'forgets that clocks drift',
    edits: [
      {
        file: 'validity.js',
        find: 'return (guaranteed * (1 - drift)) / (1 + drift) - stopBudget;',
        replace: 'return guaranteed - stopBudget;',
      },
    ],
  },
  {
    name: 'forgets the time that the daemon needs to stop',
    edits: [
      {
        file: 'validity.js',
        find: 'return (guaranteed * (1 - drift)) / (1 + drift) - stopBudget;',
        replace: 'return (guaranteed * (1 - drift)) / (1 + drift);',
      },
    ],
  },
  {
    name: 'takes a renewal without an answer for a success',
    edits: [
      {
        file: 'lease.js',
        find: `throw DcsError.is(error, 'SESSION_LOST') ? this.lost('its session is gone') : error;`,
        replace: `if (!DcsError.is(error, 'UNAVAILABLE'))
                throw DcsError.is(error, 'SESSION_LOST') ? this.lost('its session is gone') : error;
            this.#clock.hold.renewedAt = office.store.clock.now();`,
      },
    ],
  },
];
