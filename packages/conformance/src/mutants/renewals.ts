import {
  type Commit,
  DcsError,
  type Entry,
  type Session,
  type Snapshot,
  type Store,
  type Txn,
  type Version,
  type Write,
} from '@tenure/core';
import type { Mutant } from './mutant.ts';

/** Defects of the guarantee, and of the moves of keys between sessions. */
export const renewalMutants: readonly Mutant[] = [
  {
    name: 'guarantees a session for as long as it may last',
    make: () => {
      const asked = new Map<string, number>();
      return {
        openSession: async (sound, ttl, options) => {
          const session = await sound.openSession(Math.max(sound.limits.minTtl, (3 / 4) * ttl), options);
          asked.set(session.id, ttl);
          return session;
        },
        promised: ({ id, ttl }) => asked.get(id) ?? ttl,
      };
    },
  },
  {
    name: 'answers a renewal with the answer to the one that is under way',
    make: () => {
      const under = new Map<Session, Promise<Commit | undefined>>();
      return {
        renew: async (session, txn, options) => {
          let one = under.get(session);
          if (one === undefined) {
            one = session.renew(txn, options).finally(() => under.delete(session));
            under.set(session, one);
          }
          return await one;
        },
      };
    },
  },
  {
    name: 'passes on no renewal that comes soon after another',
    make: () => {
      const renewed = new Map<Session, number>();
      return {
        renew: async (session, txn, options, store) => {
          const sent = store.clock.now();
          const skipped = sent - (renewed.get(session) ?? Number.NEGATIVE_INFINITY) < session.ttl * 0.45;
          if (skipped) {
            // Whether it lives is looked at all the same.
            const alive = { type: 'put', key: `/alive-${session.id}`, value: '', session } as const;
            await store.commit({ guards: [], writes: [alive] }, options);
            return await store.commit(txn ?? { guards: [], writes: [] }, options);
          }
          const commit = await session.renew(txn, options);
          renewed.set(session, sent);
          return commit;
        },
      };
    },
  },
  {
    name: 'proves the guards of a renewal by what it read a moment ago',
    make: () => {
      const known = new Map<string, { readonly until: number; readonly version: Version | null }>();
      return {
        renew: async (session, txn, options, store) => {
          for (const { key, version } of txn?.guards ?? []) {
            let entry = known.get(key);
            if (entry === undefined || store.clock.now() > entry.until) {
              const found = (await store.read(key, options)).entries.get(key)?.version ?? null;
              entry = { until: store.clock.now() + 50, version: found };
              known.set(key, entry);
            }
            if (entry.version !== version) return (await session.renew(undefined, options)) && undefined;
          }
          return await session.renew(txn && { guards: [], writes: txn.writes }, options);
        },
      };
    },
  },
  {
    name: 'takes a refusal of a renewal for a success',
    make: () => ({
      renew: async (session, txn, options) => (await session.renew(txn, options)) ?? { versions: new Map() },
    }),
  },
  {
    name: 'prolongs a session with each put that is bound to it',
    make: () => ({
      commit: async (sound, txn, options) => {
        const commit = await sound.commit(txn, options);
        for (const write of txn.writes) if (write.type === 'put') await write.session?.renew(undefined, options);
        return commit;
      },
    }),
  },
  {
    name: 'tells a lost session as a lost race',
    make: () => ({
      commit: async (sound, txn, options) => {
        try {
          return await sound.commit(txn, options);
        } catch (error) {
          if (DcsError.is(error, 'SESSION_LOST')) return undefined;
          throw error;
        }
      },
    }),
  },
  {
    name: 'leaves a gap when a key moves to another session',
    make: ({ notes }) => ({
      commit: async (sound, txn, options) => {
        const moved: Write[] = [];
        for (const write of txn.writes) {
          if (write.type === 'delete') continue;
          const owner = notes.get(write.key);
          if (owner !== undefined && owner !== (write.session?.id ?? ''))
            moved.push({ type: 'delete', key: write.key });
          notes.set(write.key, write.session?.id ?? '');
        }
        if (moved.length === 0) return await sound.commit(txn, options);
        if ((await sound.commit({ guards: txn.guards, writes: moved }, options)) === undefined) return undefined;
        await sound.clock.sleep(1);
        return await sound.commit({ guards: [], writes: txn.writes }, options);
      },
    }),
  },
  {
    name: 'leaves the version of a key as it is when it moves to another session',
    make: ({ notes }) => {
      const told = (key: string, version: Version) => (notes.get(`${key} ${version}`) ?? version) as Version;
      /** The sound version for one that was told, if that is the present one. */
      const meant = async (store: Store, { guards, writes }: Txn): Promise<Txn> => {
        const asked = guards.map(async ({ key, version }) => {
          const found = (await store.read(key)).entries.get(key)?.version;
          return { key, version: found !== undefined && told(key, found) === version ? found : version };
        });
        return { guards: await Promise.all(asked), writes };
      };
      const renamed = ({ entries, ...rest }: Snapshot): Snapshot => {
        const named = [...entries].map(
          ([key, entry]) => [key, { ...entry, version: told(key, entry.version) }] as const,
        );
        return { ...rest, entries: new Map(named) };
      };
      const moved = async (store: Store, txn: Txn, commit: (txn: Txn) => Promise<Commit | undefined>) => {
        const before = new Map<string, Entry | undefined>();
        for (const { key } of txn.writes) before.set(key, (await store.read(key)).entries.get(key));
        const done = await commit(await meant(store, txn));
        const versions = new Map<string, Version>();
        for (const [key, version] of done?.versions ?? []) {
          const write = txn.writes.find((one) => one.key === key);
          const owner = write?.type === 'put' ? write.session?.id : undefined;
          const old = before.get(key);
          if (old !== undefined && old.session !== owner) notes.set(`${key} ${version}`, told(key, old.version));
          versions.set(key, told(key, version));
        }
        return done && { versions };
      };
      return {
        read: async (sound, prefix, options) => renamed(await sound.read(prefix, options)),
        commit: (sound, txn, options) => moved(sound, txn, (meant) => sound.commit(meant, options)),
        renew: async (session, txn, options, store) =>
          txn === undefined
            ? await session.renew(txn, options)
            : await moved(store, txn, (meant) => session.renew(meant, options)),
      };
    },
  },
  {
    name: 'keeps others from a key for a while after its session has ended',
    make: ({ notes, sessions }) => {
      const delay = async (keys: readonly string[], now: number, sleep: (ms: number) => Promise<void>) => {
        const until = Math.max(...keys.map((key) => Number(notes.get(`until ${key}`) ?? 0)));
        if (until > now) await sleep(until - now);
      };
      return {
        end: async (session, options, store) => {
          await session.end(options);
          sessions.delete(session.id);
          for (const [key, owner] of notes) {
            if (owner === session.id) notes.set(`until ${key}`, String(store.clock.now() + 15_000));
          }
        },
        commit: async (sound, txn, options) => {
          const bound = txn.writes.flatMap((write) => (write.type === 'put' && write.session ? [write] : []));
          const { timeout = 10_000, signal } = options;
          const patience = sound.clock.now() + timeout;
          await delay(
            bound.map(({ key }) => key),
            sound.clock.now(),
            async (ms) => {
              await sound.clock.sleep(Math.min(ms, patience - sound.clock.now()), signal);
              if (sound.clock.now() >= patience) throw new DcsError('UNAVAILABLE', 'delayed', { store: sound.name });
            },
          );
          for (const { key, session } of bound) notes.set(key, session?.id ?? '');
          return await sound.commit(txn, options);
        },
      };
    },
  },
  {
    name: 'binds all keys of a commit to one session',
    make: () => ({
      commit: async (sound, txn, options) => {
        const [one] = txn.writes.flatMap((write) => (write.type === 'put' && write.session ? [write.session] : []));
        const writes = txn.writes.map((write) =>
          write.type === 'put' && write.session !== undefined && one !== undefined ? { ...write, session: one } : write,
        );
        return await sound.commit({ ...txn, writes }, options);
      },
    }),
  },
  {
    name: 'does the half of a commit for two sessions that it can',
    make: () => ({
      commit: async (sound, txn, options) => {
        const owners = new Set(
          txn.writes.flatMap((write) => (write.type === 'put' && write.session ? [write.session] : [])),
        );
        if (owners.size < 2) return await sound.commit(txn, options);
        const [first] = owners;
        const writes = txn.writes.filter(
          (write) => write.type === 'delete' || !write.session || write.session === first,
        );
        await sound.commit({ ...txn, writes }, options);
        throw new TypeError('txn: it has two sessions');
      },
    }),
  },
];
