import type { Etcd3 } from 'etcd3';
import type { Competitor, Contest } from './control.ts';

/** A key with etcd3, and a watch on it as its documentation shows it, which goes on until it is ended. */
export function etcdDocument(
  client: Etcd3,
  key: string,
  seen: Contest['seen'],
): Pick<Competitor, 'read' | 'write'> & { end(): Promise<void> } {
  const watching = client.watch().key(key).create();
  watching.then(
    (watcher) => {
      watcher.on('put', ({ value }) => seen(value.toString()));
      watcher.on('delete', () => seen(null));
      watcher.on('error', () => undefined);
    },
    () => undefined,
  );
  return {
    read: async () => await client.get(key).string(),
    write: async (value) => void (await client.put(key).value(value)),
    end: async () => await watching.then((watcher) => watcher.cancel()).catch(() => undefined),
  };
}
