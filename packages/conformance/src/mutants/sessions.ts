import { DcsError, type Session } from '@tenure/core';
import type { Mutant } from './mutant.ts';

export const sessionMutants: readonly Mutant[] = [
  {
    name: 'lets a session expire early',
    make: () => ({
      openSession: (sound, ttl, options) => sound.openSession(Math.max(sound.limits.minTtl, ttl / 2), options),
      promised: (session) => 2 * session.ttl,
    }),
  },
  {
    name: 'says that more will be guaranteed than is',
    make: () => ({ guaranteed: (sound, ttl) => 1.5 * sound.guaranteed(ttl) }),
  },
  {
    name: 'says that next to nothing will be guaranteed',
    make: () => ({ guaranteed: (sound, ttl) => sound.guaranteed(ttl) / 100 }),
  },
  {
    name: 'says that less will be guaranteed of a longer ttl',
    make: () => {
      let first: number | undefined;
      return {
        guaranteed: (sound, ttl) => {
          first ??= ttl;
          return (sound.guaranteed(first) * first) / ttl;
        },
      };
    },
  },
  {
    name: 'never lets a session expire',
    make: () => {
      const asked = new Map<string, number>();
      return {
        openSession: async (sound, ttl, options) => {
          const session = await sound.openSession(sound.limits.maxTtl, options);
          asked.set(session.id, ttl);
          return session;
        },
        promised: ({ id, ttl }) => asked.get(id) ?? ttl,
      };
    },
  },
  {
    name: 'prolongs the sessions of a client that reads',
    make: () => {
      const open: Session[] = [];
      return {
        openSession: async (sound, ttl, options) => {
          const session = await sound.openSession(ttl, options);
          open.push(session);
          return session;
        },
        read: async (sound, prefix, options) => {
          for (const session of open) void session.renew().catch(() => {});
          return await sound.read(prefix, options);
        },
      };
    },
  },
  {
    name: 'prolongs every session of a client with one renewal',
    make: () => {
      const open: Session[] = [];
      return {
        openSession: async (sound, ttl, options) => {
          const session = await sound.openSession(ttl, options);
          open.push(session);
          return session;
        },
        renew: async (session, txn, options) => {
          for (const other of open) if (other !== session) void other.renew().catch(() => {});
          return await session.renew(txn, options);
        },
      };
    },
  },
  {
    name: 'makes one session do for all of a client',
    make: () => {
      let one: Promise<Session> | undefined;
      return {
        openSession: async (sound, ttl, options) => {
          one ??= sound.openSession(ttl, options);
          return await one;
        },
      };
    },
  },
  {
    name: 'leaves the keys of an ended session to expire',
    make: () => {
      const ended = new Set<string>();
      return {
        end: async (session) => {
          ended.add(session.id);
        },
        renew: async (session, txn, options, store) => {
          if (ended.has(session.id)) throw new DcsError('SESSION_LOST', 'ended', { store: store.name });
          return await session.renew(txn, options);
        },
      };
    },
  },
  {
    name: 'fails to end a session twice',
    make: () => {
      const ended = new Set<string>();
      return {
        end: async (session, options, store) => {
          if (ended.has(session.id)) throw new DcsError('SESSION_LOST', 'ended', { store: store.name });
          ended.add(session.id);
          await session.end(options);
        },
      };
    },
  },
  {
    name: 'ends its sessions when it is closed',
    make: () => {
      const open: Session[] = [];
      return {
        openSession: async (sound, ttl, options) => {
          const session = await sound.openSession(ttl, options);
          open.push(session);
          return session;
        },
        close: async (sound) => {
          await Promise.allSettled(open.map((session) => session.end({ timeout: 100 })));
          await sound.close();
        },
      };
    },
  },
  {
    name: 'leaves a key bound that is put without a session',
    make: ({ notes, sessions }) => ({
      commit: async (sound, txn, options) => {
        const writes = txn.writes.map((write) => {
          if (write.type === 'delete') return write;
          const owner = write.session ?? sessions.get(notes.get(write.key) ?? '');
          return owner === undefined ? write : { ...write, session: owner };
        });
        for (const write of txn.writes)
          if (write.type === 'put' && write.session) notes.set(write.key, write.session.id);
        return await sound.commit({ ...txn, writes }, options);
      },
    }),
  },
  {
    name: 'leaves a key with the session that it had before',
    make: () => {
      const owners = new Map<string, Session>();
      return {
        commit: async (sound, txn, options) => {
          const writes = txn.writes.map((write) => {
            if (write.type === 'delete' || write.session === undefined) {
              owners.delete(write.key);
              return write;
            }
            const session = owners.get(write.key) ?? write.session;
            owners.set(write.key, session);
            return { ...write, session };
          });
          return await sound.commit({ ...txn, writes }, options);
        },
      };
    },
  },
  {
    name: 'writes the rest of a commit whose session is gone',
    make: () => ({
      commit: async (sound, txn, options) => {
        try {
          return await sound.commit(txn, options);
        } catch (error) {
          const free = txn.writes.filter((write) => write.type === 'delete' || write.session === undefined);
          if (DcsError.is(error, 'SESSION_LOST')) await sound.commit({ ...txn, writes: free }, options);
          throw error;
        }
      },
    }),
  },
  {
    name: 'puts a key as a permanent one when its session is gone',
    make: () => ({
      commit: async (sound, txn, options) => {
        try {
          return await sound.commit(txn, options);
        } catch (error) {
          if (!DcsError.is(error, 'SESSION_LOST')) throw error;
          const writes = txn.writes.map((w) =>
            w.type === 'delete' ? w : { type: w.type, key: w.key, value: w.value },
          );
          return await sound.commit({ ...txn, writes }, options);
        }
      },
    }),
  },
  {
    name: 'revives a dead session by renewal',
    make: () => ({
      renew: async (session, txn, options, store) => {
        try {
          return await session.renew(txn, options);
        } catch (error) {
          if (!DcsError.is(error, 'SESSION_LOST')) throw error;
          const next = await store.openSession(session.ttl, options);
          return await next.renew(txn, options);
        }
      },
    }),
  },
  {
    name: 'ignores the guards of a renewal',
    make: () => ({
      renew: (session, txn, options) => session.renew(txn && { ...txn, guards: [] }, options),
    }),
  },
  {
    name: 'leaves out the writes of a renewal',
    make: () => ({
      renew: (session, txn, options) => session.renew(txn && { ...txn, writes: [] }, options),
    }),
  },
  {
    name: 'does not prolong a session whose guards failed',
    make: () => ({
      renew: async (session, txn, options, store) => {
        const proof = txn && { guards: txn.guards, writes: [] };
        if (proof !== undefined && (await store.commit(proof, options)) === undefined) return undefined;
        return await session.renew(txn, options);
      },
    }),
  },
  {
    name: 'does not prolong a session when there is something to commit',
    make: () => ({
      renew: (session, txn, options, store) =>
        txn === undefined ? session.renew(txn, options) : store.commit(txn, options),
    }),
  },
];
