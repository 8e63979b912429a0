import { DcsError, type Entry, type Snapshot, type Store, type WatchOptions } from '@tenure/core';
import type { Mutant } from './mutant.ts';

type Stream = (states: AsyncIterable<Snapshot>, sound: Store, options: WatchOptions) => AsyncIterable<Snapshot>;

function watching(name: string, stream: Stream): Mutant {
  return {
    name,
    make: () => ({ watch: (sound, prefix, options) => stream(sound.watch(prefix, options), sound, options) }),
  };
}

export const watchMutants: readonly Mutant[] = [
  watching('forgets a wake-up', async function* (states) {
    let n = 0;
    for await (const state of states) if (state.stale || n++ % 4 !== 3) yield state;
  }),
  watching('lets a watch go back', async function* (states) {
    let before: Snapshot | undefined;
    for await (const state of states) {
      yield state;
      if (before !== undefined) {
        yield before;
        yield state;
      }
      before = state;
    }
  }),
  watching('ends a watch silently on a break', async function* (states) {
    for await (const state of states) {
      if (state.stale) return;
      yield state;
    }
  }),
  watching('fails a watch on a break', async function* (states, sound) {
    for await (const state of states) {
      if (state.stale) throw new DcsError('UNAVAILABLE', 'the watch broke', { store: sound.name });
      yield state;
    }
  }),
  watching('never says that a watch is stale', async function* (states) {
    let stale = false;
    for await (const state of states) {
      if (!state.stale && !stale) yield state;
      stale = state.stale;
    }
  }),
  watching('never says that a watch has recovered', async function* (states) {
    let stale = false;
    for await (const state of states) {
      if (stale && !state.stale) yield { ...state, stale };
      else yield state;
      stale ||= state.stale;
    }
  }),
  watching('says too late that a watch is stale', async function* (states, sound, { staleAfter = 10_000 }) {
    for await (const state of states) {
      if (state.stale) await sound.clock.sleep(3 * staleAfter);
      yield state;
    }
  }),
  watching('empties the state when it is stale', async function* (states) {
    for await (const state of states) yield state.stale ? { ...state, entries: new Map() } : state;
  }),
  watching('yields the same state again and again', async function* (states, sound, { staleAfter = 10_000, signal }) {
    for await (const state of states) {
      yield state;
      await sound.clock.sleep(staleAfter / 3, signal);
      yield state;
    }
  }),
  watching('shows a watch the changes and not the state', async function* (states) {
    let first = true;
    for await (const state of states) {
      yield first ? { ...state, entries: new Map() } : state;
      first = false;
    }
  }),
  watching('does not show a watch what was deleted', async function* (states) {
    const entries = new Map<string, Entry>();
    for await (const state of states) {
      for (const [key, entry] of state.entries) entries.set(key, entry);
      yield { ...state, entries: new Map(entries) };
    }
  }),
  watching('changes the snapshots that it gave out', async function* (states) {
    const entries = new Map<string, Entry>();
    for await (const state of states) {
      entries.clear();
      for (const [key, entry] of state.entries) entries.set(key, entry);
      yield { ...state, entries };
    }
  }),
  {
    name: 'does not re-read after a break',
    make: () => ({
      watch: async function* (sound, prefix, options) {
        let stale = false;
        let known: Snapshot | undefined;
        for await (const state of sound.watch(prefix, options)) {
          yield stale && known ? { ...known, stale: false, asOf: state.asOf } : state;
          stale = state.stale;
          if (!stale) known = state;
        }
      },
    }),
  },
  {
    name: 'lets one watch take the place of another',
    make: () => {
      let current = 0;
      return {
        watch: async function* (sound, prefix, options) {
          const mine = ++current;
          for await (const state of sound.watch(prefix, options)) if (mine === current) yield state;
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
