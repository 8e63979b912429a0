import type { Mutant } from './mutant.ts';

/** Changes of timing, which move the keys to another session. */
export const retimeMutants: readonly Mutant[] = [
  {
    name: 'leaves the leader key on the session that it ends',
    edits: [
      {
        file: 'retime.js',
        find: `if (holder !== undefined)
        writes.push({ type: 'put', key, value: office.name, session: next.session });`,
        replace: '',
      },
      {
        file: 'retime.js',
        find: `return commit?.versions.get(key);`,
        replace: `return holder && (await office.calls.read(key, bound)).entries.get(key)?.version;`,
      },
      {
        file: 'retime.js',
        find: `if (writes.length === 0)
        return undefined;`,
        replace: '',
      },
    ],
  },
  {
    name: 'ends the old session before it moves the keys',
    edits: [
      {
        file: 'retime.js',
        find: 'const leaderVersion = await move(office, member, holder, next, deadline);',
        replace: `await office.calls.end(old.session, deadline.unaborted()).catch(() => undefined);
            const leaderVersion = await move(office, member, holder, next, deadline);`,
      },
      {
        file: 'retime.js',
        find: '{ guards: holder?.guards ?? [], writes }',
        replace: '{ guards: holder?.guards.slice(1) ?? [], writes }',
      },
    ],
    note: 'the epoch is guarded still: the office is vacant for a moment while its holder acts',
  },
  {
    name: 'keeps a lease whose move had no answer',
    edits: [
      {
        file: 'retime.js',
        find: `holder.doubted('moving it to a new session had no answer');`,
        replace: '',
      },
    ],
  },
];
