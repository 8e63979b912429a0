import { Dcs, type DcsOptions, type Store } from '@tenure/core';
import { connect, type Server, TICK } from '../clients/connect.ts';
import { startConsul, startEtcd, startZooKeeper } from '../servers/index.ts';

/** Seconds for Patroni, of which Tenure's are a thousandfold: no session of a test runs out on a busy machine. */
const TTL = 120;

/** `use_proxies`: Patroni stays with this address of etcd and does not ask for those that its members tell. */
const servers = {
  etcd: {
    start: () => startEtcd({ version: '3.5', fast: true }),
    section: (host: string) => ({ etcd3: { host, use_proxies: true } }),
  },
  consul: { start: () => startConsul({ fast: true }), section: (host: string) => ({ consul: { host } }) },
  zookeeper: {
    start: () => startZooKeeper({ version: '3.9', tickTime: TICK }),
    section: (host: string) => ({ zookeeper: { hosts: [host] } }),
  },
};

/** A real server that Patroni and Tenure share. */
export class Ground implements AsyncDisposable {
  readonly server: Server;
  /** `127.0.0.1:port` */
  readonly endpoint: string;
  readonly #stop: () => Promise<void>;

  private constructor(server: Server, endpoint: string, stop: () => Promise<void>) {
    this.server = server;
    this.endpoint = endpoint;
    this.#stop = stop;
  }

  static async start(server: Server): Promise<Ground> {
    const cluster = await servers[server].start();
    const [endpoint = ''] = cluster.endpoints;
    return new Ground(server, endpoint, () => cluster.stop());
  }

  /** `etcd://…` with this scope, for the command. */
  url(scope: string): string {
    return `${this.server}://${this.endpoint}/service/${scope}`;
  }

  /** The same server, reached by another address. */
  by(endpoint: string): Ground {
    return new Ground(this.server, endpoint, async () => undefined);
  }

  connect(): Store {
    return connect(this.server, this.endpoint);
  }

  dcs(scope: string, name: string, options: Partial<DcsOptions> = {}): Dcs {
    const timing = { ttl: TTL * 1000, loopWait: 10_000, retryTimeout: 10_000 };
    return new Dcs({ store: this.connect(), ownStore: true, scope, name, timing, ...options });
  }

  /** What a patroni.yml would say. With `patronictl` its classes read what is there, and not what they have cached. */
  config(scope: string, name: string, options: object = {}): object {
    const section = servers[this.server].section(this.endpoint);
    const timing = { ttl: TTL, loop_wait: 10, retry_timeout: 10 };
    return { ...section, scope, namespace: '/service/', name, ...timing, ...options };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}
