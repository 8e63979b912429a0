import { DcsError, type Entry, type Snapshot, type Store, type WatchOptions } from '@tenure/core';
import type { Mutant } from './mutant.ts';

/** What a defective watch yields in place of one sound state; undefined: it ends. */
type Distort = (state: Snapshot) => readonly Snapshot[] | undefined | Promise<readonly Snapshot[] | undefined>;

/** `make` is called once for each watch. */
function watching(name: string, make: (sound: Store, options: WatchOptions) => Distort): Mutant {
  return {
    name,
    make: () => ({
      watch: (sound, prefix, options) => distorted(sound.watch(prefix, options), make(sound, options)),
    }),
  };
}

/** Sound in everything but its states: settles, ends and rejects as the sound one does. */
function distorted(states: AsyncIterable<Snapshot>, distort: Distort): AsyncIterable<Snapshot> {
  return {
    [Symbol.asyncIterator]: () => {
      const sound = states[Symbol.asyncIterator]();
      const over = { done: true, value: undefined } as const;
      const waiting: Snapshot[] = [];
      let ended = false;
      const next = async (): Promise<IteratorResult<Snapshot>> => {
        while (!ended) {
          const value = waiting.shift();
          if (value !== undefined) return { done: false, value };
          const result = await sound.next();
          if (result.done === true) return result;
          const yielded = await distort(result.value);
          if (yielded === undefined) ended = true;
          else waiting.push(...yielded);
        }
        return over;
      };
      return { next, return: async () => (await sound.return?.()) ?? over };
    },
  };
}

export const watchMutants: readonly Mutant[] = [
  watching('forgets a wake-up', () => {
    let n = 0;
    return (state) => (state.stale || n++ % 4 !== 3 ? [state] : []);
  }),
  watching('lets a watch go back', () => {
    let before: Snapshot | undefined;
    return (state) => {
      const yielded = before === undefined ? [state] : [state, before, state];
      before = state;
      return yielded;
    };
  }),
  watching('ends a watch silently on a break', () => (state) => (state.stale ? undefined : [state])),
  watching('fails a watch on a break', ({ name }) => (state) => {
    if (state.stale) throw new DcsError('UNAVAILABLE', 'the watch broke', { store: name });
    return [state];
  }),
  watching('never says that a watch is stale', () => {
    let stale = false;
    return (state) => {
      const yielded = state.stale || stale ? [] : [state];
      stale = state.stale;
      return yielded;
    };
  }),
  watching('never says that a watch has recovered', () => {
    let stale = false;
    return (state) => {
      stale ||= state.stale;
      return [{ ...state, stale }];
    };
  }),
  watching('says too late that a watch is stale', ({ clock }, { staleAfter = 10_000 }) => async (state) => {
    if (state.stale) await clock.sleep(3 * staleAfter);
    return [state];
  }),
  watching('empties the state when it is stale', () => (state) => [
    state.stale ? { ...state, entries: new Map() } : state,
  ]),
  watching('yields the same state twice', () => (state) => [state, state]),
  watching('shows a watch the changes and not the state', () => {
    let first = true;
    return (state) => {
      const entries = first ? new Map() : state.entries;
      first = false;
      return [{ ...state, entries }];
    };
  }),
  watching('does not show a watch what was deleted', () => {
    const entries = new Map<string, Entry>();
    return (state) => {
      for (const [key, entry] of state.entries) entries.set(key, entry);
      return [{ ...state, entries: new Map(entries) }];
    };
  }),
  watching('changes the snapshots that it gave out', () => {
    const entries = new Map<string, Entry>();
    return (state) => {
      entries.clear();
      for (const [key, entry] of state.entries) entries.set(key, entry);
      return [{ ...state, entries }];
    };
  }),
  watching('does not re-read after a break', () => {
    let known: Snapshot | undefined;
    let broken = false;
    return (state) => {
      const missed = broken && known !== undefined ? { ...state, entries: known.entries } : state;
      broken = state.stale;
      known = missed;
      return [missed];
    };
  }),
  watching('shows the state from before a break once more when it recovers', () => {
    let known: Snapshot | undefined;
    let broken = false;
    return (state) => {
      const late = broken && known !== undefined ? [state, { ...known, stale: false }, state] : [state];
      broken = state.stale;
      if (!state.stale) known = state;
      return late;
    };
  }),
  watching('tells the time of the news as the asOf of a watch', ({ clock }) => (state) => [
    { ...state, asOf: clock.now() },
  ]),
  watching('lets the asOf of a watch go back', () => {
    let n = 0;
    return (state) => [{ ...state, asOf: n++ % 2 ? state.asOf - 1000 : state.asOf }];
  }),
  watching('shows an owner that a key had before', () => {
    const owners = new Map<string, Entry['session']>();
    return (state) => {
      const entries = [...state.entries].map(([key, { session, ...entry }]) => {
        if (!owners.has(key)) owners.set(key, session);
        const owner = owners.get(key);
        return [key, { ...entry, ...(owner !== undefined && { session: owner }) }] as const;
      });
      return [{ ...state, entries: new Map(entries) }];
    };
  }),
  {
    name: 'shows a watch the siblings of its directory',
    make: () => ({ watch: (sound, prefix, options) => sound.watch(prefix.replace(/\/$/, ''), options) }),
  },
  {
    name: 'lets one watch take the place of another',
    make: () => {
      let current = 0;
      return {
        watch: (sound, prefix, options) => {
          const mine = ++current;
          return distorted(sound.watch(prefix, options), (state) => (mine === current ? [state] : []));
        },
      };
    },
  },
  {
    name: 'leaves a watch open when it is closed',
    make: () => {
      let closed = false;
      return {
        read: (sound, prefix, options) => answer(closed, () => sound.read(prefix, options)),
        commit: (sound, txn, options) => answer(closed, () => sound.commit(txn, options)),
        openSession: (sound, ttl, options) => answer(closed, () => sound.openSession(ttl, options)),
        renew: (session, txn, options) => answer(closed, () => session.renew(txn, options)),
        end: (session, options) => answer(closed, () => session.end(options)),
        close: async () => {
          closed = true;
        },
      };
    },
  },
];

async function answer<T>(closed: boolean, call: () => Promise<T>): Promise<T> {
  if (closed) throw new DcsError('CLOSED', 'the store is closed');
  return await call();
}
