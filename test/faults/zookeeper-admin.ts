import { createHash } from 'node:crypto';
import { ACL, connected, createClient, Id, settled, type ZooKeeperClient } from '../clients/libraries.ts';

export const permission = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16, ALL: 31 } as const;

/** What a login by digest may do: `bits` of `permission`. */
export interface Grant {
  readonly login: string;
  readonly bits: number;
}

/** The superuser of an ensemble, by the client library alone. */
export class Admin implements AsyncDisposable {
  readonly #client: ZooKeeperClient;

  private constructor(client: ZooKeeperClient) {
    this.#client = client;
  }

  static async open(servers: readonly string[]): Promise<Admin> {
    const client = createClient(servers.join(), { sessionTimeout: 30_000 });
    client.addAuthInfo('digest', Buffer.from('super:secret'));
    await connected(client);
    return new Admin(client);
  }

  /** Makes the path, parents and all, unless it is there. */
  async make(path: string, data?: string): Promise<void> {
    await settled((done) => this.#client.mkdirp(path, done));
    if (data !== undefined) await this.write(path, data);
  }

  async write(path: string, data: string): Promise<void> {
    await settled((done) => this.#client.setData(path, Buffer.from(data), done));
  }

  /** Nobody else may do anything with this znode. */
  async grant(path: string, ...grants: readonly Grant[]): Promise<void> {
    const acls = grants.map(({ login, bits }) => new ACL(bits, new Id('digest', digestOf(login))));
    await settled((done) => this.#client.setACL(path, acls, done));
  }

  /** As `setAcl -R` does. */
  async grantBelow(path: string, ...grants: readonly Grant[]): Promise<void> {
    await this.#each(path, (each) => this.grant(each, ...grants));
  }

  /** Everyone may do everything, as with znodes that are created without a word about it. */
  async openBelow(path: string): Promise<void> {
    const acls = [new ACL(permission.ALL, new Id('world', 'anyone'))];
    await this.#each(path, (each) => settled((done) => this.#client.setACL(each, acls, done)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#client.once('disconnected', resolve));
    this.#client.close();
    await closed;
  }

  async #each(path: string, work: (path: string) => Promise<void>): Promise<void> {
    await work(path);
    const names = await new Promise<readonly string[]>((resolve, reject) => {
      this.#client.getChildren(path, (error, found) => (error ? reject(error) : resolve(found)));
    });
    for (const name of names) await this.#each(`${path}/${name}`, work);
  }
}

/** As ZooKeeper names a login: the password only as a hash (DigestAuthenticationProvider). */
function digestOf(login: string): string {
  return `${login.split(':')[0]}:${createHash('sha1').update(login).digest('base64')}`;
}
