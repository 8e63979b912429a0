import { DcsError, type Entry, type Snapshot } from '@tenure/core';
import type { Mutant } from './mutant.ts';

export const readMutants: readonly Mutant[] = [
  {
    name: 'answers a read from a replica that lags',
    make: () => {
      const kept = new Map<string, { until: number; snapshot: Snapshot }>();
      return {
        read: async (sound, prefix, options) => {
          const lagging = kept.get(prefix);
          if (lagging !== undefined && sound.clock.now() < lagging.until) return lagging.snapshot;
          const snapshot = await sound.read(prefix, options);
          kept.set(prefix, { until: sound.clock.now() + 30, snapshot });
          return snapshot;
        },
      };
    },
  },
  {
    name: 'reads in two requests, and so tears a snapshot',
    make: () => ({
      read: async (sound, prefix, options) => {
        const first = await sound.read(prefix, options);
        if (first.entries.size < 2) return first;
        await sound.clock.sleep(1);
        const { entries } = await sound.read(prefix, options);
        const [key, entry] = [...first.entries][0] as [string, Entry];
        return { ...first, entries: new Map([...entries, [key, entry]]) };
      },
    }),
  },
  {
    name: 'takes a prefix for a directory',
    make: () => ({
      read: async (sound, prefix, options) => {
        const snapshot = await sound.read(prefix, options);
        const inside = [...snapshot.entries].filter(
          ([key]) => prefix.endsWith('/') || key === prefix || key.startsWith(`${prefix}/`),
        );
        return { ...snapshot, entries: new Map(inside) };
      },
    }),
  },
  {
    name: 'shows the siblings of a directory, whose names begin like its own',
    make: () => ({
      read: (sound, prefix, options) => sound.read(prefix.replace(/\/$/, ''), options),
    }),
  },
  {
    name: 'takes an empty value with keys below it for a directory',
    make: () => ({
      read: async (sound, prefix, options) => {
        const snapshot = await sound.read(prefix, options);
        const keys = [...snapshot.entries.keys()];
        const kept = [...snapshot.entries].filter(
          ([key, { value }]) => value !== '' || !keys.some((other) => other.startsWith(`${key}/`)),
        );
        return { ...snapshot, entries: new Map(kept) };
      },
    }),
  },
  {
    name: 'tells the time of an earlier request as asOf',
    make: () => {
      let before = 0;
      return {
        read: async (sound, prefix, options) => {
          const snapshot = await sound.read(prefix, options);
          const asOf = before;
          before = snapshot.asOf;
          return { ...snapshot, asOf };
        },
      };
    },
  },
  {
    name: 'shows the keys of expired sessions',
    make: ({ notes }) => ({
      commit: async (sound, txn, options) => {
        const commit = await sound.commit(txn, options);
        for (const write of commit === undefined ? [] : txn.writes) {
          if (write.type === 'put' && write.session !== undefined) notes.set(write.key, write.value);
          else notes.delete(write.key);
        }
        return commit;
      },
      read: async (sound, prefix, options) => {
        const snapshot = await sound.read(prefix, options);
        const entries = new Map(snapshot.entries);
        for (const [key, value] of notes) {
          const ghost = { value, version: '0' as Entry['version'] };
          if (key.startsWith(prefix) && !entries.has(key)) entries.set(key, ghost);
        }
        return { ...snapshot, entries };
      },
    }),
  },
  {
    name: 'hides all keys when one is undecodable',
    make: () => ({
      read: async (sound, prefix, options) => {
        const snapshot = await sound.read(prefix, options);
        if ([...snapshot.entries.values()].every(({ malformed }) => malformed === undefined)) return snapshot;
        throw new DcsError('INVALID_DATA', 'a value is not UTF-8', { store: sound.name });
      },
    }),
  },
  {
    name: 'passes undecodable values for sound ones',
    make: () => ({
      read: async (sound, prefix, options) => {
        const snapshot = await sound.read(prefix, options);
        const entries = [...snapshot.entries].map(([key, { malformed: _, ...entry }]) => [key, entry] as const);
        return { ...snapshot, entries: new Map(entries) };
      },
    }),
  },
  {
    name: 'takes an empty value for none',
    make: () => ({
      read: async (sound, prefix, options) => {
        const snapshot = await sound.read(prefix, options);
        return { ...snapshot, entries: new Map([...snapshot.entries].filter(([, { value }]) => value !== '')) };
      },
    }),
  },
  {
    name: 'tells the time of the answer as asOf',
    make: () => ({
      read: async (sound, prefix, options) => {
        const snapshot = await sound.read(prefix, options);
        return { ...snapshot, asOf: sound.clock.now() };
      },
    }),
  },
  {
    name: 'ignores the timeout',
    make: () => ({ read: (sound, prefix, { signal }) => sound.read(prefix, signal && { signal }) }),
  },
  {
    name: 'rejects an abort with an error of its own',
    make: () => ({
      read: async (sound, prefix, options) => {
        try {
          return await sound.read(prefix, options);
        } catch (error) {
          throw options.signal?.aborted ? new DcsError('UNAVAILABLE', 'aborted', { cause: error }) : error;
        }
      },
    }),
  },
  {
    name: 'leaves its listener on the signal',
    make: () => ({
      read: async (sound, prefix, options) => {
        options.signal?.addEventListener('abort', () => {});
        return await sound.read(prefix, options);
      },
    }),
  },
  {
    name: 'goes on after it was closed',
    make: () => ({ close: async () => {} }),
  },
];
