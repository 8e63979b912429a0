import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { DcsError, type DcsErrorCode } from '@tenure/core';
import type { ConsulCluster } from '../../../test/servers/index.ts';

/** The first answer of `condition` that is neither `undefined` nor `false`. */
export async function until<T>(what: string, condition: () => T | Promise<T>, within = 20_000): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadline) assert.fail(`${what}: not within ${within} ms`);
    await sleep(20);
  }
}

/** The DcsError with which this rejects. */
export async function failsWith(code: DcsErrorCode, call: Promise<unknown>): Promise<DcsError> {
  const error = await call.then(
    () => assert.fail(`resolved instead of rejecting with ${code}`),
    (reason: unknown) => reason,
  );
  if (!DcsError.is(error, code)) throw error;
  return error;
}

/** A token that these rules (Consul's ACL language) apply to. */
export async function newToken(cluster: ConsulCluster, name: string, rules: string): Promise<TokenOfConsul> {
  await cluster.api('PUT', '/acl/policy', JSON.stringify({ Name: name, Rules: rules }));
  return (await cluster.api('PUT', '/acl/token', JSON.stringify({ Policies: [{ Name: name }] }))) as TokenOfConsul;
}

export interface TokenOfConsul {
  readonly AccessorID: string;
  readonly SecretID: string;
}

export function put(key: string, value: string) {
  return { type: 'put' as const, key, value };
}
