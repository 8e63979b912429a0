import { type Dcs, DcsError, type Session } from '@tenure/core';

/**
 * Makes sure that no other live process is this member, and holds the name until the Dcs has announced itself. The member
 * key of a crashed predecessor vanishes with its session, which takes `ttl` and the store's grace: that long is waited.
 * The commit that creates the key decides, so that of two who start at once only one gets the name.
 * @returns the session that holds the name: to be ended once the Dcs has put the key under its own
 * @throws DcsError NAME_IN_USE when the key outlived `patience` milliseconds: its owner is alive
 */
export async function claimName(dcs: Dcs, patience: number, signal: AbortSignal, onWait: () => void): Promise<Session> {
  const { store, layout, timing, name, scope } = dcs;
  const key = layout.member(name);
  const giveUp = store.clock.now() + patience;
  let session: Session | undefined;
  try {
    for (let told = false; ; ) {
      const view = await dcs.view({ signal });
      const owner = view.members.find((member) => member.name === name)?.session ?? 'nobody';
      const taken = view.members.some((member) => member.name === name) || view.leader?.name === name;
      if (session !== undefined && owner === session.id) return session;
      if (!taken) {
        session ??= await store.openSession(timing.ttl, { signal });
        const put = { type: 'put' as const, key, value: '{}', session };
        const claimed = await store.commit({ guards: [{ key, version: null }], writes: [put] }, { signal });
        if (claimed !== undefined) return session;
        continue;
      }
      if (store.clock.now() >= giveUp) {
        throw new DcsError(
          'NAME_IN_USE',
          `${name}: another live process is this member of ${scope}; choose another --name`,
          {
            store: store.name,
          },
        );
      }
      if (!told) onWait();
      told = true;
      await store.clock.sleep(Math.min(1000, timing.ttl / 10), signal);
    }
  } catch (error) {
    await session?.end({ timeout: 1000 }).catch(() => undefined);
    throw error;
  }
}
