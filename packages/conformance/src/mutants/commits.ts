import { type CallOptions, DcsError, type Store, type Txn, type Version, type Write } from '@tenure/core';
import type { Mutant } from './mutant.ts';

export const commitMutants: readonly Mutant[] = [
  {
    name: 'drops the last of several guards',
    make: () => ({
      commit: (sound, txn, options) =>
        sound.commit(txn.guards.length > 1 ? { ...txn, guards: txn.guards.slice(0, -1) } : txn, options),
    }),
  },
  {
    name: 'drops the guard of absence',
    make: () => ({
      commit: (sound, txn, options) =>
        sound.commit({ ...txn, guards: txn.guards.filter(({ version }) => version !== null) }, options),
    }),
  },
  {
    name: 'takes the first version for none',
    make: ({ notes }) => ({
      commit: async (sound, txn, options) => {
        const guards = txn.guards.filter(({ key, version }) => notes.get(`${key}@${version}`) === undefined);
        const commit = await sound.commit({ ...txn, guards }, options);
        for (const [key, version] of commit?.versions ?? []) {
          const created = txn.guards.some((guard) => guard.key === key && guard.version === null);
          if (created) notes.set(`${key}@${version}`, 'first');
        }
        return commit;
      },
    }),
  },
  {
    name: 'makes versions of values, so that they repeat',
    make: () => ({
      read: async (sound, prefix, options) => {
        const snapshot = await sound.read(prefix, options);
        const entries = [...snapshot.entries].map(
          ([key, entry]) => [key, { ...entry, version: `=${entry.value}` as Version }] as const,
        );
        return { ...snapshot, entries: new Map(entries) };
      },
      commit: async (sound, txn, options) => {
        const guards = await Promise.all(txn.guards.map((guard) => currentIfEqual(sound, guard.key, guard.version)));
        const commit = await sound.commit({ ...txn, guards }, options);
        const puts = txn.writes.flatMap((w) => (w.type === 'put' ? [[w.key, `=${w.value}` as Version] as const] : []));
        return commit && { versions: new Map(puts) };
      },
    }),
  },
  {
    name: 'commits the first write although a guard fails',
    make: () => ({
      commit: async (sound, txn, options) => {
        const commit = await sound.commit(txn, options);
        if (commit === undefined) await sound.commit({ guards: [], writes: txn.writes.slice(0, 1) }, options);
        return commit;
      },
    }),
  },
  {
    name: 'commits the writes one after another',
    make: () => ({
      commit: async (sound, txn, options) => {
        const first = await sound.commit({ ...txn, writes: txn.writes.slice(0, 1) }, options);
        if (first === undefined || txn.writes.length < 2) return first;
        await sound.clock.sleep(1);
        const rest = await sound.commit({ guards: [], writes: txn.writes.slice(1) }, options);
        return rest && { versions: new Map([...first.versions, ...rest.versions]) };
      },
    }),
  },
  {
    name: 'does a large commit in several transactions',
    make: () => ({
      commit: async (sound, txn, options) => {
        const [first, ...others] = chunks(txn.writes, 8);
        const done = await sound.commit({ ...txn, writes: first ?? [] }, options);
        const versions = new Map(done?.versions);
        for (const writes of done === undefined ? [] : others) {
          await sound.clock.sleep(1);
          const more = await sound.commit({ guards: [], writes }, options);
          for (const [key, version] of more?.versions ?? []) versions.set(key, version);
        }
        return done && { versions };
      },
    }),
  },
  {
    name: 'takes a refusal for a success',
    make: () => ({
      commit: async (sound, txn, options) => (await sound.commit(txn, options)) ?? { versions: new Map() },
    }),
  },
  {
    name: 'deletes the keys below a key along with it',
    make: () => ({
      commit: async (sound, txn, options) => {
        const put = new Set(txn.writes.flatMap((write) => (write.type === 'put' ? [write.key] : [])));
        const below: Write[] = [];
        for (const { type, key } of txn.writes) {
          if (type !== 'delete') continue;
          const { entries } = await sound.read(`${key}/`, options);
          for (const other of entries.keys()) if (!put.has(other)) below.push({ type, key: other });
        }
        return await sound.commit({ ...txn, writes: [...txn.writes, ...below] }, options);
      },
    }),
  },
  {
    name: 'tells in its errors what was to be written',
    make: () => ({
      commit: async (sound, txn, options) => {
        try {
          return await sound.commit(txn, options);
        } catch (error) {
          throw DcsError.is(error) ? Object.assign(error, { cause: { request: txn } }) : error;
        }
      },
    }),
  },
  {
    name: 'refuses to delete what is absent',
    make: () => ({
      commit: async (sound, txn, options) => {
        const gone = txn.writes.filter(({ type }) => type === 'delete');
        for (const { key } of gone) if (!(await sound.read(key, options)).entries.has(key)) return undefined;
        return await sound.commit(txn, options);
      },
    }),
  },
  {
    name: 'skips a commit that writes nothing',
    make: () => ({
      commit: async (sound, txn, options) =>
        txn.writes.length === 0 ? { versions: new Map() } : await sound.commit(txn, options),
    }),
  },
  {
    name: 'applies after the deadline',
    make: () => ({
      commit: async (sound, txn, options) => {
        try {
          return await sound.commit(txn, options);
        } catch (error) {
          if (DcsError.is(error, 'UNAVAILABLE') && !error.maybeApplied) later(sound, txn);
          throw error;
        }
      },
    }),
  },
  {
    name: 'applies after the abort',
    make: () => ({
      commit: async (sound, txn, options) => {
        try {
          return await sound.commit(txn, options);
        } catch (error) {
          if (options.signal?.aborted) later(sound, txn);
          throw error;
        }
      },
    }),
  },
  {
    name: 'looks at its signal only when it has been done',
    make: () => ({
      commit: async (sound, txn, { signal, ...options }) => {
        const commit = await sound.commit(txn, options);
        signal?.throwIfAborted();
        return commit;
      },
    }),
  },
  {
    name: 'sends a write again whose outcome is unknown',
    make: () => ({
      commit: async (sound, txn, options) => {
        const { timeout = 10_000 } = options;
        try {
          return await sound.commit(txn, { ...options, timeout: timeout / 2 });
        } catch (error) {
          if (!DcsError.is(error, 'UNAVAILABLE')) throw error;
          return await sound.commit(txn, { ...options, timeout: timeout / 2 });
        }
      },
    }),
  },
  { name: 'denies that a write may have been applied', make: () => ({ commit: withMaybe(false) }) },
  { name: 'says of every failure that it may have been applied', make: () => ({ commit: withMaybe(true) }) },
];

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size));
}

function withMaybe(maybeApplied: boolean) {
  return async (sound: Store, txn: Txn, options: CallOptions) => {
    try {
      return await sound.commit(txn, options);
    } catch (error) {
      if (!DcsError.is(error, 'UNAVAILABLE')) throw error;
      throw new DcsError(error.code, error.message, { store: sound.name, maybeApplied });
    }
  };
}

/** Tries in the background until it is done: a queue across a disconnect. */
function later(sound: Store, txn: Txn): void {
  sound.clock.timer(30, () => {
    void sound.commit(txn, { timeout: 50 }).catch((error: unknown) => {
      if (DcsError.is(error, 'UNAVAILABLE')) later(sound, txn);
    });
  });
}

async function currentIfEqual(sound: Store, key: string, version: Version | null) {
  const entry = (await sound.read(key)).entries.get(key);
  return { key, version: entry && version === `=${entry.value}` ? entry.version : version };
}
