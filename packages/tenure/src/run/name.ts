import { type ClusterView, type Commit, type Dcs, DcsError, type Session } from '@tenure/core';

/**
 * Makes sure that no other live process is this member, and holds the name until the Dcs has announced itself. The member
 * key of a crashed predecessor vanishes with its session, which takes `ttl` and the store's grace: that long is waited.
 * The commit that creates the key decides, so that of two who start at once only one gets the name.
 * @returns the session that holds the name: to be ended once the Dcs has put the key under its own
 * @throws DcsError NAME_IN_USE when the key outlived `patience` milliseconds: its owner is alive; at once when a key of
 * this name has no session and can never vanish
 */
export async function claimName(dcs: Dcs, patience: number, signal: AbortSignal, onWait: () => void): Promise<Session> {
  const { store, layout, timing, name, scope } = dcs;
  const key = layout.member(name);
  const giveUp = store.clock.now() + patience;
  for (let told = false; ; told = true) {
    const view = await dcs.view({ signal });
    const holders = keysOf(dcs, view);
    const lasting = holders.find(({ session }) => session === undefined);
    if (lasting !== undefined) {
      const why = 'it was written without a session and will never vanish; delete it, or choose another --name';
      throw new DcsError('NAME_IN_USE', `${lasting.key}: it names ${name}; ${why}`, { store: store.name });
    }
    const taken = holders.length > 0;
    const session = taken ? undefined : await claim(dcs, key, signal);
    if (session !== undefined) return session;
    if (store.clock.now() >= giveUp) {
      const message = `${name}: another live process is this member of ${scope}; choose another --name`;
      throw new DcsError('NAME_IN_USE', message, { store: store.name });
    }
    if (!told) onWait();
    await store.clock.sleep(Math.min(1000, timing.ttl / 10), signal);
  }
}

/** The keys that name this member. */
function keysOf({ layout, name }: Dcs, { members, leader }: ClusterView) {
  const member = members.find((one) => one.name === name);
  return [
    ...(member === undefined ? [] : [{ key: layout.member(name), session: member.session }]),
    ...(leader?.name === name ? [{ key: layout.key('leader'), session: leader.session }] : []),
  ];
}

/** Creates the member key, if nobody else did. */
async function claim({ store, timing }: Dcs, key: string, signal: AbortSignal): Promise<Session | undefined> {
  const session = await store.openSession(timing.ttl, { signal });
  let claimed: Commit | undefined;
  try {
    const put = { type: 'put' as const, key, value: '{}', session };
    claimed = await store.commit({ guards: [{ key, version: null }], writes: [put] }, { signal });
  } finally {
    if (claimed === undefined) await session.end({ timeout: 1000 }).catch(() => undefined);
  }
  return claimed === undefined ? undefined : session;
}
