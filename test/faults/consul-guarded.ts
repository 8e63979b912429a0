import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { consul } from '@tenure/consul';
import type { Store } from '@tenure/core';
import { SESSION_TTL_MIN } from '../clients/connect.ts';
import { type ConsulCluster, startConsul } from '../servers/index.ts';
import { newScope, until } from './outage-parts.ts';

export interface Token {
  readonly AccessorID: string;
  readonly SecretID: string;
}

/** The rules of docs/adapters/consul.md, for another scope than `batman`. */
export function documentedRules(scope: string): { readonly scope: string; readonly service: string } {
  const page = readFileSync(new URL('../../docs/adapters/consul.md', import.meta.url), 'utf8');
  const block = /\*\*ACL\.\*\*[\s\S]*?```hcl\n([\s\S]*?)```/.exec(page)?.[1];
  const service = /`(service "batman" \{[^`]*\})`/.exec(page)?.[1];
  assert.ok(block !== undefined && service !== undefined, 'the page has the rules');
  const [forScope, forService] = [block, service].map((rules) => rules.replaceAll('batman', scope));
  return { scope: forScope as string, service: forService as string };
}

/** One server of Consul or three that let nobody do anything without a token, and an administrator's hands on it. */
export class GuardedConsul implements AsyncDisposable {
  readonly cluster: ConsulCluster;

  private constructor(cluster: ConsulCluster) {
    this.cluster = cluster;
  }

  static async start(nodes: 1 | 3 = 1): Promise<GuardedConsul> {
    const guarded = new GuardedConsul(await startConsul({ nodes, fast: true, acl: true }));
    // A leader turns ACLs on after it was elected, and of three servers all must have said that they know them.
    await until('policies are kept', () => guarded.policy(newScope(), 'operator = "read"').catch(() => undefined));
    return guarded;
  }

  get endpoints(): readonly string[] {
    return this.cluster.endpoints;
  }

  /** Makes a policy, or changes the one with this `id`; gives its id. */
  async policy(name: string, rules: string, id?: string): Promise<string> {
    const path = id === undefined ? '/acl/policy' : `/acl/policy/${id}`;
    const body = JSON.stringify({ Name: name, Rules: rules });
    return ((await this.cluster.api('PUT', path, body)) as { ID: string }).ID;
  }

  /** Resolves when every server knows it. */
  async tokenFor(policyId: string): Promise<Token> {
    const body = JSON.stringify({ Policies: [{ ID: policyId }] });
    const token = (await this.cluster.api('PUT', '/acl/token', body)) as Token;
    const headers = { 'x-consul-token': token.SecretID };
    for (const endpoint of this.endpoints) {
      await until(`the token at ${endpoint}`, async () => {
        return (await fetch(`http://${endpoint}/v1/acl/token/self`, { headers })).ok;
      });
    }
    return token;
  }

  async newToken(rules: string): Promise<Token> {
    return await this.tokenFor(await this.policy(newScope(), rules));
  }

  async revoke({ AccessorID }: Token): Promise<void> {
    await this.cluster.api('DELETE', `/acl/token/${AccessorID}`);
  }

  connect(token: string): Store {
    return consul({ endpoints: this.endpoints, token, sessionTtlMin: SESSION_TTL_MIN });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster.stop();
  }
}
