import { z } from 'zod';
import { nearest } from './nearest.ts';

/** Times are in SECONDS, as in Patroni's files; fractions are allowed. The upper bound catches milliseconds. */
const MAX_TTL = 3600;

const text = (allowed: string) => z.string({ error: allowed }).min(1, { error: allowed });
const seconds = (min: number, max: number) => {
  const allowed = `a number of seconds from ${min} to ${max}`;
  return z.number({ error: allowed }).min(min, { error: allowed }).max(max, { error: allowed });
};
const segment = (allowed: string) => text(allowed).regex(/^[^/]+$/, { error: allowed });

const HOST = /^(?:https?:\/\/)?(?:\[[0-9a-f:.%]+\]|[^\s:/@[\],]+)(?::(\d{1,5}))?$/i;
const host = text('host or host:port, an IPv6 address in brackets').refine(
  (value) => {
    const match = HOST.exec(value);
    return match !== null && (match[1] === undefined || (Number(match[1]) >= 1 && Number(match[1]) <= 65_535));
  },
  { error: 'host or host:port with a port from 1 to 65535, an IPv6 address in brackets' },
);

const hostsAllowed = 'a list of host:port, or one string with commas';
const hosts = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
  z.array(host, { error: hostsAllowed }).min(1, { error: hostsAllowed }),
);

const flag = z.boolean({ error: 'true or false' }).optional();

const etcdSchema = z.strictObject(
  {
    hosts: hosts.optional(),
    srv: text('a domain whose SRV records name the endpoints').optional(),
    srv_suffix: text('a suffix of the SRV records').optional(),
    discover: flag,
    tls: flag,
    username: text('a user name').optional(),
    password: text('a string that is not empty').optional(),
    cacert: text('the path of a PEM file').optional(),
    cert: text('the path of a PEM file').optional(),
    key: text('the path of a PEM file').optional(),
  },
  { error: 'an object with hosts' },
);

const embeddedSchema = z.strictObject(
  { path: text('the path of the SQLite file; leave it out to keep the state in this process').optional() },
  { error: 'an object, {} to keep the state in this process' },
);

const schema = z.strictObject(
  {
    scope: segment('the name of the cluster, without a slash'),
    namespace: z.string({ error: 'a string' }).optional(),
    name: segment('the name of this member, without a slash'),
    group: z
      .number({ error: 'a whole number from 0' })
      .int({ error: 'a whole number from 0' })
      .min(0, { error: 'a whole number from 0' })
      .optional(),
    ttl: seconds(0.1, MAX_TTL).optional(),
    loop_wait: seconds(0.01, MAX_TTL).optional(),
    retry_timeout: seconds(0.01, MAX_TTL).optional(),
    stop_budget: seconds(0, MAX_TTL).optional(),
    etcd: etcdSchema.optional(),
    embedded: embeddedSchema.optional(),
  },
  { error: 'an object' },
);

/** A checked configuration. Times in seconds. */
export type ResolvedConfig = z.infer<typeof schema>;
export type EtcdSection = z.infer<typeof etcdSchema>;
export type EmbeddedSection = z.infer<typeof embeddedSchema>;

/** What `open` takes as an object, and what a file may hold. Patroni's names; times in SECONDS, fractions allowed. */
export interface Config {
  /** A store as a URL, instead of the section `etcd` or `embedded`. Fields beside it win over those in the URL. */
  readonly store?: string;
  readonly scope: string;
  /** Default `service`. */
  readonly namespace?: string;
  /** This member. */
  readonly name: string;
  readonly group?: number;
  /** Seconds. Default 30, within what the store grants. */
  readonly ttl?: number;
  /** Seconds. */
  readonly loop_wait?: number;
  /** Seconds. */
  readonly retry_timeout?: number;
  /** Seconds that the daemon needs to stop for certain. Default 0. */
  readonly stop_budget?: number;
  readonly etcd?: EtcdConfig;
  readonly embedded?: { readonly path?: string };
}

export interface EtcdConfig {
  /** `host:port`, a list or one string with commas; the port is 2379 when it is left out. */
  readonly hosts?: string | readonly string[];
  /** A domain whose SRV records name the endpoints. */
  readonly srv?: string;
  readonly srv_suffix?: string;
  /** Also use the members that the cluster itself lists. */
  readonly discover?: boolean;
  /** TLS with the authorities that Node trusts; `cacert` or `cert` imply it. */
  readonly tls?: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** @throws TypeError with one line for each wrong field: its path, its value (never a password) and what is allowed */
export function checkConfig(input: unknown, source: string): ResolvedConfig {
  const result = schema.safeParse(input);
  const lines = result.success
    ? crossChecks(result.data)
    : result.error.issues.flatMap((issue) => explain(issue, input));
  if (lines.length > 0 || !result.success) throw configError(source, lines);
  return result.data;
}

export function configError(source: string, lines: readonly string[]): TypeError {
  const count = lines.length === 1 ? 'one wrong field' : `${lines.length} wrong fields`;
  return new TypeError(`${source}: ${count}\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

function crossChecks(config: ResolvedConfig): string[] {
  const lines: string[] = [];
  const { etcd, embedded, ttl, loop_wait, retry_timeout } = config;
  if (etcd === undefined && embedded === undefined) {
    lines.push('store: missing; name one: a URL in store, or a section etcd or embedded');
  }
  if (etcd !== undefined && embedded !== undefined) lines.push('etcd, embedded: two stores are named; keep one');
  if (etcd !== undefined) {
    if (etcd.hosts === undefined && etcd.srv === undefined) lines.push('etcd.hosts: missing; name hosts or srv');
    if (etcd.hosts !== undefined && etcd.srv !== undefined) lines.push('etcd.hosts, etcd.srv: name only one of them');
    if (etcd.srv_suffix !== undefined && etcd.srv === undefined)
      lines.push('etcd.srv: missing; etcd.srv_suffix needs it');
    if (etcd.key !== undefined && etcd.cert === undefined) lines.push('etcd.cert: missing; etcd.key needs it');
    if (etcd.cert !== undefined && etcd.key === undefined) lines.push('etcd.key: missing; etcd.cert needs it');
    if (etcd.password !== undefined && etcd.username === undefined) {
      lines.push('etcd.username: missing; etcd.password needs it');
    }
    if (etcd.username !== undefined && etcd.password === undefined) {
      lines.push('etcd.password: missing; etcd.username needs it');
    }
    if (etcd.tls === false && (etcd.cacert ?? etcd.cert) !== undefined) {
      lines.push('etcd.tls: false, yet a certificate is given; leave tls out');
    }
  }
  if (ttl !== undefined && loop_wait !== undefined && retry_timeout !== undefined) {
    const least = loop_wait + 2 * retry_timeout;
    if (least > ttl) lines.push(`ttl: ${ttl} is under loop_wait + 2 × retry_timeout = ${least}; raise it to ${least}`);
  }
  return lines;
}

type Issue = z.core.$ZodIssue;

function explain(issue: Issue, input: unknown): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path);
    return issue.keys.map((key) => {
      const guess = nearest(key, known);
      const hint = guess === undefined ? `known are ${known.join(', ')}` : `did you mean ${guess}?`;
      return `${[...path, key].join('.')}: unknown field; ${hint}`;
    });
  }
  const field = path.length === 0 ? 'config' : path.join('.');
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], input);
  if (value === undefined && issue.path.length > 0 && !isArrayElement(issue)) {
    return [`${field}: missing; it must be ${issue.message}`];
  }
  return [`${field}: ${show(value, field)} is not ${issue.message}`];
}

/** Elements of a list that was written as one string with commas have no value at their path. */
function isArrayElement(issue: Issue): boolean {
  return typeof issue.path.at(-1) === 'number';
}

function knownKeys(path: readonly string[]): string[] {
  if (path[0] === 'etcd') return Object.keys(etcdSchema.shape);
  if (path[0] === 'embedded') return Object.keys(embeddedSchema.shape);
  return ['store', ...Object.keys(schema.shape)];
}

function show(value: unknown, field: string): string {
  if (/(^|\.)password$/.test(field)) return '(hidden)';
  if (value === undefined) return 'one entry';
  const shown = (JSON.stringify(value) ?? String(value)).replace(/[^/"\s]*@/g, '');
  // Where a password was written without its %-escapes, a part of it may be taken for a port.
  const safe = field.startsWith('etcd.hosts') ? shown.replace(/:(?=[^\d/\]:])[^"]*/g, ':…') : shown;
  return safe.length > 80 ? `${safe.slice(0, 77)}…` : safe;
}
