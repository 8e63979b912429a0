import type { Mutant } from './mutant.ts';

/** Attempts to take office. */
export const electionMutants: readonly Mutant[] = [
  {
    name: 'bids on what its view shows, without guards',
    edits: [
      {
        file: 'election.js',
        find: `guards: [
                { key: layout.key('leader'), version: leader?.version ?? null },
                { key: layout.key('epoch'), version: epoch?.version ?? null },
            ],`,
        replace: 'guards: [],',
      },
    ],
    note: 'a stale view is used for a decision',
  },
  {
    name: 'does not guard the epoch that it counts on from',
    edits: [
      { file: 'election.js', find: `{ key: layout.key('epoch'), version: epoch?.version ?? null },`, replace: '' },
    ],
    note: 'a term came and went since the view that it bids on',
  },
  {
    name: 'does not count terms',
    edits: [{ file: 'election.js', find: 'const next = Number(raw) + 1;', replace: 'const next = Number(raw);' }],
  },
  {
    name: 'counts the term in a second commit',
    edits: [
      {
        file: 'election.js',
        find: `{ type: 'put', key: layout.key('epoch'), value: String(token) },`,
        replace: '',
      },
      {
        file: 'election.js',
        find: 'return term(office, plan, hold, commit);',
        replace: `{
                    const key = office.layout.key('epoch');
                    const second = { guards: [], writes: [{ type: 'put', key, value: String(plan.token) }] };
                    const counted = await office.calls.commit(second, deadline.unaborted());
                    return term(office, plan, hold, { versions: new Map([...commit.versions, ...counted.versions]) });
                }`,
      },
    ],
  },
  {
    name: 'takes a key in its own name over without a new term',
    edits: [
      {
        file: 'election.js',
        find: `const token = epoch === undefined ? 1 : nextToken(layout.key('epoch'), epoch.value);`,
        replace: `const token = epoch === undefined ? 1 : nextToken(layout.key('epoch'), epoch.value) - (leader ? 1 : 0);`,
      },
    ],
  },
  {
    name: 'takes an election without an answer for won',
    edits: [
      {
        file: 'election.js',
        find: 'return await settle(office, plan, hold, deadline.unaborted(), error);',
        replace: `return { hold, token: plan.token, leaderVersion: '', epochVersion: '' };`,
      },
    ],
  },
  {
    name: 'settles an election without an answer by the name alone',
    edits: [
      {
        file: 'election.js',
        find: 'if (leader?.session === hold.session.id && epoch?.value === String(token)) {',
        replace: 'if (leader?.value === office.name && epoch !== undefined) {',
      },
    ],
    note: 'the key may be that of a predecessor, under its term and on its session',
  },
  {
    name: 'leaves the commit of an election alone when its caller gives up',
    edits: [
      {
        file: 'election.js',
        find: 'const commit = await send(office, plan, hold, deadline.unaborted());',
        replace: 'const commit = await send(office, plan, hold, deadline);',
      },
    ],
    note: 'the office may be won for nobody',
  },
  {
    name: 'keeps an office that was won for nobody',
    edits: [{ file: 'attempt.js', find: 'lease?.release().catch(() => undefined);', replace: '{}' }],
  },
  {
    name: 'does not ask again what an attempt without an outcome has won',
    edits: [{ file: 'candidacy.js', find: 'this.#open = open ?? this.#open;', replace: '' }],
  },
  {
    name: 'binds the leader key to no session',
    edits: [
      {
        file: 'election.js',
        find: `value: name, session: hold.session },`,
        replace: 'value: name },',
      },
    ],
  },
  {
    name: 'sleeps through vacancies',
    edits: [
      {
        file: 'campaign.js',
        find: 'waiting = mayNotRun(view ?? dcs.latest, dcs.name);',
        replace: 'waiting = view !== undefined || dcs.latest !== undefined;',
      },
    ],
  },
];
