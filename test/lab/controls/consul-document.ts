import type { ConsulLibrary, ConsulPair } from '../../clients/libraries.ts';
import type { Competitor, Contest } from './control.ts';

/** A key with the npm library `consul`, and its watch, which goes on until it is ended. */
export function consulDocument(
  consul: ConsulLibrary,
  key: string,
  seen: Contest['seen'],
): Pick<Competitor, 'read' | 'write'> & { end(): void } {
  const { kv } = consul;
  const watch = consul.watch({ method: kv.get.bind(kv), options: { key } });
  watch.on('change', (pair: ConsulPair | undefined) => seen(pair?.Value ?? null));
  watch.on('error', () => undefined);
  return {
    end: () => watch.end(),
    read: async () => (await kv.get({ key, consistent: true }))?.Value ?? null,
    write: async (value) => void (await kv.set({ key, value })),
  };
}
