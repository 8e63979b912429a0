import { join } from 'node:path';
import { fileHarness } from '@tenure/conformance';
import { type Store, systemClock } from '@tenure/core';
import { temporaryFolder } from '../../servers/folder.ts';
import type { ClientProcess, Journal } from '../client/index.ts';
import { connectStore, type StoreSpec } from '../client/index.ts';
import { Administrator } from './administrator.ts';
import type { FindLeadership } from './leadership.ts';
import { type Line, LinkLine, ProxyLine } from './line.ts';
import { type Profile, profiles, type StoreName } from './profile.ts';
import { adminHarness, type Servers, startServers } from './servers.ts';

export interface GroundOptions {
  readonly store: StoreName;
  /** Of the servers; an embedded store has none. */
  readonly nodes: 1 | 3;
}

/** The store under test, and every hand that can be laid on it. It is gone with this process, however that ends. */
export class Ground implements AsyncDisposable {
  readonly store: StoreName;
  readonly nodes: 1 | 3;
  readonly profile: Profile;
  readonly servers: Servers | undefined;
  /** The file of an embedded store; a file that nobody opens for any other. */
  readonly path: string;
  readonly #held: AsyncDisposableStack;

  private constructor(options: GroundOptions, servers: Servers | undefined, path: string, held: AsyncDisposableStack) {
    this.store = options.store;
    this.nodes = options.nodes;
    this.profile = profiles[options.store];
    this.servers = servers;
    this.path = path;
    this.#held = held;
  }

  static async open(options: GroundOptions): Promise<Ground> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.adopt(await temporaryFolder('tenure-ground-'), (it) => it.remove());
    const servers = options.store === 'embedded' ? undefined : await startServers(options.store, options.nodes);
    if (servers !== undefined) stack.use(servers.cluster);
    return new Ground(options, servers, join(folder.path, 'store.db'), stack.move());
  }

  /** Of a client whose process, at any time, is what `client` gives. Lines are gone with the ground. */
  async line(client: () => ClientProcess): Promise<Line> {
    if (this.servers === undefined) return new LinkLine(this.path, client);
    return this.#held.use(await ProxyLine.open(this.servers));
  }

  /** A sound connection to every node. */
  async connect(): Promise<Store> {
    return (await connectStore(this.#direct(), systemClock)).store;
  }

  administrator(scope: string, journal: Journal, find?: FindLeadership): Administrator {
    const { servers, path } = this;
    const open = () => (servers === undefined ? fileHarness(path) : adminHarness(servers));
    return new Administrator(scope, journal, open, find);
  }

  /** The index of the server that leads; `undefined` when none says so in time. */
  async leaderIndex(timeout = 2000): Promise<number | undefined> {
    return await this.servers?.cluster.leaderIndex(timeout).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }

  #direct(): StoreSpec {
    if (this.servers === undefined) return { type: 'embedded', path: this.path };
    const { type, cluster, login } = this.servers;
    return { type, endpoints: cluster.endpoints, ...login };
  }
}

export async function openGround(options: GroundOptions): Promise<Ground> {
  return await Ground.open(options);
}
