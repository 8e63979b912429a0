import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { json } from 'node:stream/consumers';
import type { ConsulPorts } from './consul-options.ts';
import { ServerNode } from './node.ts';
import type { ServerCommand } from './process.ts';

/** Milliseconds for an answer; a frozen node gives none, and one without a leader waits for 7 seconds. */
const answerWithin = 1_000;

/** How an administrator reaches a node. */
export interface ConsulAccess {
  readonly token: string | undefined;
  readonly tls: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer } | undefined;
}

/** One Consul server of a cluster; its endpoint is that of its HTTP API. */
export class ConsulNode extends ServerNode {
  readonly #access: ConsulAccess;

  /** `host`: where its HTTP API listens. */
  constructor(ports: ConsulPorts, command: ServerCommand, access: ConsulAccess, host = '127.0.0.1') {
    super(`${host}:${ports.http}`, command);
    this.#access = access;
  }

  /**
   * It reaches a leader, the leader knows it well enough to bind sessions to it (a session needs its node and that node's
   * serfHealth check in the catalog, which the leader adds later), and all `voters` servers vote.
   */
  async isHealthy(voters: number): Promise<boolean> {
    try {
      const checks = (await this.api('GET', `/health/node/${this.name}?consistent`)) as HealthCheck[];
      if (!checks.some(({ CheckID, Status }) => CheckID === 'serfHealth' && Status === 'passing')) return false;
      const raft = (await this.api('GET', '/operator/raft/configuration')) as RaftConfiguration;
      return raft.Servers.filter(({ Voter }) => Voter).length === voters;
    } catch {
      return false;
    }
  }

  async isLeader(): Promise<boolean> {
    const { Stats } = (await this.api('GET', '/agent/self')) as AgentSelf;
    return Stats.consul?.leader === 'true';
  }

  /** One request of an administrator; `path` without `/v1`. `undefined` for a 404; rejects for anything but that or a 200. */
  async api(method: string, path: string, body?: string | Buffer, within = answerWithin): Promise<unknown> {
    return await consulApi(this.endpoint, this.#access, within, method, path, body);
  }
}

/** The same to any server of Consul. */
export async function consulApi(
  endpoint: string,
  { token, tls }: ConsulAccess,
  within: number,
  method: string,
  path: string,
  body?: string | Buffer,
): Promise<unknown> {
  const url = `${tls === undefined ? 'http' : 'https'}://${endpoint}/v1${path}`;
  const options = {
    method,
    agent: false,
    signal: AbortSignal.timeout(within),
    headers: token === undefined ? {} : { 'x-consul-token': token },
    ...tls,
  };
  return await new Promise((resolve, reject) => {
    const sent: ClientRequest = (tls === undefined ? httpRequest : httpsRequest)(url, options, (response) => {
      if (response.statusCode === 200) json(response).then(resolve, reject);
      else {
        response.resume();
        if (response.statusCode === 404) resolve(undefined);
        else reject(new Error(`${method} ${path}: status ${response.statusCode}`));
      }
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

interface HealthCheck {
  readonly CheckID: string;
  readonly Status: string;
}

interface RaftConfiguration {
  readonly Servers: readonly { readonly Voter: boolean }[];
}

interface AgentSelf {
  readonly Stats: { readonly consul?: { readonly leader?: string } };
}
