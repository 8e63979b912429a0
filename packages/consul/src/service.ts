import { type CallOptions, DcsError, type MemberData, systemClock } from '@tenure/core';
import { Agents } from './agents.ts';
import { ConsulClient } from './client.ts';
import { assertOptions, type ConsulOptions } from './options.ts';
import { type ConsulRpc, type RpcCall, RpcError, type ServiceRegistration } from './rpc.ts';
import { tokenOf } from './token.ts';
import { wiresOf } from './wires.ts';

const DEFAULT_CHECK_INTERVAL = 5000;
/** A name of 253 characters, less `replica.` and `.service.consul`. */
const MOST_NAME = 230;

export interface ConsulServiceOptions {
  readonly scope: string;
  /** The member's name. */
  readonly name: string;
  /** Milliseconds: the ttl of the member's session. A service whose check fails is dropped after five times that. */
  readonly ttl: number;
  readonly tags?: readonly string[];
  /** Milliseconds between two checks. Default 5,000. */
  readonly checkInterval?: number;
  /** The name that the certificate of the member's API must have, when it is not that of its URL. */
  readonly checkTlsServerName?: string;
}

export interface ConsulServiceUpdate extends CallOptions {
  /** Milliseconds: the ttl in force, after a `retime`. Default: that of the service's options. */
  readonly ttl?: number;
}

/** A member as a service of Consul's catalog, found by DNS as `primary.<scope>.service.consul`. */
export interface ConsulService extends AsyncDisposable {
  /**
   * Registers the member while it is `running`, under its present role, and drops it when it is `stopped`. Sends nothing
   * when nothing changed since the last success: neither the member, nor the ttl, nor the token in use, which the agent
   * keeps to tell the catalog of the service and its check.
   * @throws RangeError for the ttl; DcsError, and the member's key and its lease are not touched
   */
  update(member: MemberData, options?: ConsulServiceUpdate): Promise<void>;
  /** The registration stays: update with `stopped` first. */
  close(): void;
}

/**
 * Registers with the agent of the first endpoint, since a service belongs to its host's agent. Names, tags and check are
 * those of Patroni's `register_service`. @throws TypeError, RangeError for options that cannot be meant
 */
export function consulService(connection: ConsulOptions, service: ConsulServiceOptions): ConsulService {
  assertOptions(connection);
  assertService(service);
  const { clock = systemClock } = connection;
  const token = tokenOf(connection, clock);
  const [first] = wiresOf(connection, clock, token);
  const closing = new AbortController();
  const agents = new Agents(first === undefined ? [] : [first]);
  const client = new ConsulClient(clock, agents, closing);
  const id = `${service.scope}/${service.name}`;
  let known: string | undefined;
  const close = () => {
    closing.abort(new DcsError('CLOSED', 'consul: the service is closed', { store: 'consul' }));
    agents.close();
  };
  return {
    async update(member, { ttl = service.ttl, ...options } = {}) {
      assertTime('ttl', ttl);
      const wanted = member.state === 'running' ? registrationOf({ ...service, ttl }, id, member) : undefined;
      if (wanted === undefined && member.state !== 'stopped') return;
      // Read before the request reads it: one that is replaced in between is sent once more, and never missed.
      const state = JSON.stringify(wanted === undefined ? null : { wanted, token: token() });
      if (state === known) return;
      known = undefined;
      const send = (rpc: ConsulRpc, call: RpcCall) =>
        wanted === undefined ? deregister(rpc, id, call) : rpc.register(wanted, call);
      await client.run({ name: 'register service', writes: false }, send, options);
      known = state;
    },
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
}

function assertService(service: ConsulServiceOptions): void {
  const { scope, name, ttl, checkInterval = DEFAULT_CHECK_INTERVAL } = service;
  for (const [field, value] of Object.entries({ scope, name })) {
    if (typeof value !== 'string' || value === '') {
      throw new TypeError(`consul: ${field} is ${JSON.stringify(value)}; it must be a non-empty string`);
    }
  }
  for (const [field, value] of Object.entries({ ttl, checkInterval })) assertTime(field, value);
}

function assertTime(field: string, value: number): void {
  if (!(value > 0)) throw new RangeError(`consul: ${field} is ${value} ms; it must be more than 0`);
}

/** `undefined` when the member has no address yet. */
function registrationOf(
  service: ConsulServiceOptions,
  ID: string,
  member: MemberData,
): ServiceRegistration | undefined {
  const address = URL.parse(member.conn_url ?? '');
  const check = URL.parse(member.api_url ?? '');
  const role = member.role?.replaceAll('_', '-');
  if (address === null || check === null || role === undefined) return undefined;
  check.pathname = `/${role}`;
  return {
    ID,
    Name: serviceName(service.scope),
    Address: address.hostname.replace(/^\[(.*)\]$/, '$1'),
    Port: Number(address.port),
    Tags: [...(service.tags ?? []), role, ...(role === 'primary' ? ['master'] : [])],
    EnableTagOverride: true,
    Check: {
      HTTP: check.href,
      Interval: `${service.checkInterval ?? DEFAULT_CHECK_INTERVAL}ms`,
      // Ten times the TTL of the session, which is half of the ttl.
      DeregisterCriticalServiceAfter: `${service.ttl * 5}ms`,
      ...(service.checkTlsServerName !== undefined && { TLSServerName: service.checkTlsServerName }),
    },
  };
}

/** A scope as DNS takes it, in Patroni's way. */
export function serviceName(scope: string): string {
  const replace = (char: string) => ('. _'.includes(char) ? '-' : `u${String(char.codePointAt(0)).padStart(4, '0')}`);
  return scope
    .toLowerCase()
    .replace(/[^a-z0-9-]/gu, replace)
    .slice(0, MOST_NAME);
}

/** Newer versions answer 404 for a service that is not there. */
async function deregister(rpc: ConsulRpc, id: string, call: RpcCall): Promise<void> {
  try {
    await rpc.deregister(id, call);
  } catch (error) {
    if (!(error instanceof RpcError) || error.status !== 404) throw error;
  }
}
