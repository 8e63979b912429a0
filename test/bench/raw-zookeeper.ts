import {
  CreateMode,
  connected,
  createClient,
  settled,
  type ZooKeeperClient,
  type ZooKeeperTransaction,
} from '../clients/libraries.ts';
import type { Raw } from './target.ts';

/**
 * `node-zookeeper-client` as its documentation uses it: one transaction for what belongs together, whose session the library
 * keeps alive by itself. What a program would check is the version of a znode alone.
 */
export class RawZooKeeper implements Raw {
  readonly #client: ZooKeeperClient;
  readonly #leader: string;
  readonly #epoch: string;
  readonly #document: string;
  #epochVersion = 0;

  private constructor(client: ZooKeeperClient, prefix: string) {
    this.#client = client;
    this.#leader = `${prefix}leader`;
    this.#epoch = `${prefix}epoch`;
    this.#document = `${prefix}config`;
  }

  /** The directory, the epoch and the document are made beforehand. */
  static async open(endpoint: string, prefix: string, ttl: number): Promise<RawZooKeeper> {
    const client = createClient(endpoint, { sessionTimeout: ttl });
    await connected(client);
    await settled((callback) => client.mkdirp(prefix.slice(0, -1), callback));
    const raw = new RawZooKeeper(client, prefix);
    await raw.#commit((tx) => {
      tx.create(raw.#epoch, Buffer.from('0')).create(raw.#document, Buffer.from('{}'));
    });
    return raw;
  }

  async acquire(): Promise<void> {
    const [, stat] = await this.#commit((tx) => {
      tx.create(this.#leader, Buffer.from('node1'), CreateMode.EPHEMERAL);
      tx.setData(this.#epoch, Buffer.from('1'));
      guard(tx, this.#epochVersion);
    });
    this.#epochVersion = stat?.version ?? Number.NaN;
  }

  async release(): Promise<void> {
    await settled((callback) => this.#client.remove(this.#leader, callback));
  }

  async renew(): Promise<void> {
    await this.#commit((tx) => this.#fence(tx));
  }

  async write(value: string): Promise<void> {
    await this.#commit((tx) => {
      this.#fence(tx);
      tx.setData(this.#document, Buffer.from(value));
    });
  }

  /** A transaction that only checks has the agreement of a quorum, and the reads behind it on one connection see no older state. */
  async read(prefix: string): Promise<number> {
    const [, below] = await Promise.all([
      this.#commit((tx) => void tx.check('/')),
      this.#readBelow(prefix.slice(0, -1)),
    ]);
    return below;
  }

  /** Watches are for once: each is set again by the reading of what it told of, and only then is the change known. */
  readonly watch = async (prefix: string, changed: () => void): Promise<AsyncDisposable> => {
    let ended = false;
    const known = new Set<string>();
    const base = prefix.slice(0, -1);
    const tell = () => {
      if (!ended) changed();
    };
    const readData = (path: string): Promise<void> =>
      new Promise((resolve) => {
        const again = () => void readData(path).then(tell);
        this.#client.getData(path, again, (error) => {
          if (error) known.delete(path);
          resolve();
        });
      });
    const readNames = async (): Promise<void> => {
      const names = await new Promise<readonly string[]>((resolve) => {
        const again = () => void readNames().then(tell);
        this.#client.getChildren(base, again, (_error, children) => resolve(children ?? []));
      });
      const fresh = names.map((name) => `${prefix}${name}`).filter((path) => !known.has(path));
      for (const path of fresh) known.add(path);
      await Promise.all(fresh.map(readData));
    };
    await readNames();
    return {
      [Symbol.asyncDispose]: async () => {
        ended = true;
      },
    };
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
  }

  #fence(tx: ZooKeeperTransaction): void {
    tx.check(this.#leader);
    guard(tx, 0);
    tx.check(this.#epoch);
    guard(tx, this.#epochVersion);
  }

  /** Gives the stat of each op that has one. */
  async #commit(build: (tx: ZooKeeperTransaction) => void) {
    const tx = this.#client.transaction();
    build(tx);
    return await new Promise<readonly ({ readonly version: number } | undefined)[]>((resolve, reject) => {
      tx.commit((error, results) => {
        if (error) reject(error);
        else resolve(results.map(({ stat }) => stat));
      });
    });
  }

  async #readBelow(path: string): Promise<number> {
    const names = await new Promise<readonly string[]>((resolve) => {
      this.#client.getChildren(path, (error, children) => resolve(error ? [] : children));
    });
    const counts = await Promise.all(
      names.map(async (name) => {
        const child = `${path}/${name}`;
        const [, below] = await Promise.all([this.#data(child), this.#readBelow(child)]);
        return 1 + below;
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #data(path: string): Promise<Buffer | undefined> {
    return await new Promise((resolve) => {
      this.#client.getData(path, (error, data) => resolve(error ? undefined : data));
    });
  }
}

/** The library takes a version 0 for "any": what it has put into its last op is put right. */
function guard(tx: ZooKeeperTransaction, version: number): void {
  const op = tx.ops.at(-1);
  if (op !== undefined) op.version = version;
}
