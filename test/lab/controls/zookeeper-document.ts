import { CreateMode, Exception, settled, type ZooKeeperClient } from '../../clients/libraries.ts';
import type { Competitor, Contest } from './control.ts';

/** A node with `node-zookeeper-client`, and a watch on it that is set again each time it fires. */
export function zooKeeperDocument(
  client: ZooKeeperClient,
  path: string,
  seen: Contest['seen'],
): Pick<Competitor, 'read' | 'write'> {
  const follow = () =>
    client.getData(path, follow, (failure, data) => {
      if (!failure) seen(String(data));
      else if (failure.code === Exception.NO_NODE) client.exists(path, follow, () => undefined);
    });
  client.on('connected', follow);
  return {
    read: () =>
      new Promise((resolve, reject) =>
        client.getData(path, (failure, data) => {
          if (!failure) resolve(String(data));
          else if (failure.code === Exception.NO_NODE) resolve(null);
          else reject(failure);
        }),
      ),
    write: async (value) => {
      const data = Buffer.from(value);
      try {
        await settled((done) => client.setData(path, data, done));
      } catch (error) {
        if ((error as { readonly code?: number }).code !== Exception.NO_NODE) throw error;
        await settled((done) => client.create(path, data, CreateMode.PERSISTENT, done));
      }
    },
  };
}
