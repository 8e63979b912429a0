import { CreateMode, createClient, Exception } from '../../clients/libraries.ts';
import { type Competitor, type Contest, keyOf } from './control.ts';
import { zooKeeperDocument } from './zookeeper-document.ts';

/**
 * The usual recipe with `node-zookeeper-client`: whoever creates the ephemeral node leads, the others watch it; office is
 * believed in until the library tells that the connection or the session is lost. A node of one's own that is still there
 * after a reconnection is the office regained.
 */
export function zooKeeperNode({ endpoints, scope, ttl, name, elected, lost, seen }: Contest): Competitor {
  const path = keyOf(scope, 'leader');
  let left = false;
  let client: ReturnType<typeof createClient>;
  let document: Pick<Competitor, 'read' | 'write'>;
  const open = () => {
    const opened = createClient(endpoints.join(), { sessionTimeout: ttl });
    client = opened;
    document = zooKeeperDocument(opened, keyOf(scope, 'config'), seen);
    const compete = () => {
      if (left || opened !== client) return;
      opened.create(path, Buffer.from(name), CreateMode.EPHEMERAL, (error) => {
        if (!error) elected();
        else if (error.code === Exception.NODE_EXISTS) {
          opened.getData(path, compete, (failure, data) => {
            if (!failure && String(data) === name) elected();
            else if (failure?.code === Exception.NO_NODE) compete();
          });
        }
      });
    };
    opened.on('connected', () => opened.mkdirp(path.slice(0, path.lastIndexOf('/')), compete));
    opened.on('disconnected', lost);
    opened.on('expired', () => {
      lost();
      opened.close();
      if (!left) open();
    });
    opened.connect();
  };
  open();
  return {
    read: async () => await document.read(),
    write: async (value) => await document.write(value),
    leave: async () => {
      left = true;
      client.close();
    },
  };
}
