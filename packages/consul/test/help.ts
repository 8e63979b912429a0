import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DcsError, type DcsErrorCode, type Txn } from '@tenure/core';
import type { ConsulCluster, ConsulNode } from '../../../test/servers/index.ts';
import { toTxnBody } from '../src/rpc.ts';
import { toWireTxn } from '../src/txn.ts';

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

/** Of the service with this id: the token and the milliseconds in the agent's own files. No request tells either. */
export function kept(node: ConsulNode, id: string) {
  const checks = `/proc/${node.pid}/cwd/data/checks`;
  for (const file of readdirSync(checks)) {
    const { Check, ChkType, Token } = JSON.parse(readFileSync(join(checks, file), 'utf8'));
    if (Check.ServiceID === id) return { token: Token, dropAfter: ChkType.DeregisterCriticalServiceAfter / 1e6 };
  }
  return assert.fail(`the agent keeps no check of ${id}`);
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

/** A txn that makes a request of so many bytes, of two values that are each within the limits. */
export function requestOf(bytes: number, root: string): Txn {
  const txn = (value: number, pad: number): Txn => ({
    guards: [{ key: `${root}/absent${'x'.repeat(pad)}`, version: null }],
    writes: [put(`${root}/a`, 'x'.repeat(180_000)), put(`${root}/b`, 'x'.repeat(value))],
  });
  const left = bytes - Buffer.byteLength(JSON.stringify(toTxnBody(toWireTxn(txn(0, 0)).ops)));
  // Three bytes of a value are four of base64.
  return txn(Math.floor(left / 4) * 3, left % 4);
}

export function put(key: string, value: string) {
  return { type: 'put' as const, key, value };
}
