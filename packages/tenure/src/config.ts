import { z } from 'zod';
import { type ConsulConfig, checkConsul, consulSchema } from './consul-section.ts';
import { checkEtcd, type EtcdConfig, etcdSchema } from './etcd-section.ts';
import { MAX_TTL, seconds, segment, text, whole } from './fields.ts';
import type { Locate } from './file.ts';
import { nearest } from './nearest.ts';
import { checkZooKeeper, type ZooKeeperConfig, zookeeperSchema } from './zookeeper-section.ts';

const embeddedSchema = z.strictObject(
  { path: text('the path of the SQLite file; leave it out to keep the state in this process').optional() },
  { error: 'an object, {} to keep the state in this process' },
);

const schema = z.strictObject(
  {
    scope: segment('the name of the cluster, without a slash'),
    namespace: z.string({ error: 'a string' }).optional(),
    name: segment('the name of this member, without a slash'),
    group: whole(0, Number.MAX_SAFE_INTEGER).optional(),
    ttl: seconds(0.1, MAX_TTL).optional(),
    loop_wait: seconds(0.01, MAX_TTL).optional(),
    retry_timeout: seconds(0.01, MAX_TTL).optional(),
    stop_budget: seconds(0, MAX_TTL).optional(),
    etcd: etcdSchema.optional(),
    consul: consulSchema.optional(),
    zookeeper: zookeeperSchema.optional(),
    embedded: embeddedSchema.optional(),
  },
  { error: 'an object' },
);

/** The sections, of which a configuration has exactly one. */
const SECTIONS = { etcd: etcdSchema, consul: consulSchema, zookeeper: zookeeperSchema, embedded: embeddedSchema };
const sectionNames = Object.keys(SECTIONS) as (keyof typeof SECTIONS)[];

/** A checked configuration. Times in seconds. */
export type ResolvedConfig = z.infer<typeof schema>;

/** What `open` takes as an object, and what a file may hold. Patroni's names; times in SECONDS, fractions allowed. */
export interface Config {
  /** A store as a URL, instead of one of the sections at the end. Fields beside it win over those in the URL. */
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
  readonly consul?: ConsulConfig;
  readonly zookeeper?: ZooKeeperConfig;
  readonly embedded?: { readonly path?: string };
}

/**
 * @throws TypeError with one line for each wrong field: where it stands, its path, its value (never a password) and what is
 * allowed
 */
export function checkConfig(input: unknown, source: string, locate: Locate = () => undefined): ResolvedConfig {
  const result = schema.safeParse(input);
  const lines = result.success
    ? crossChecks(result.data)
    : result.error.issues.flatMap((issue) => explain(issue, input));
  if (lines.length > 0 || !result.success) {
    throw configError(
      source,
      lines.map((line) => placed(line, locate)),
    );
  }
  return result.data;
}

/** The same for single fields, before what they belong to is known. @throws TypeError as `checkConfig` */
export function checkFields(input: object, source: string): void {
  const result = schema.partial().safeParse(input);
  if (result.success) return;
  throw configError(
    source,
    result.error.issues.flatMap((issue) => explain(issue, input)),
  );
}

/** A line that begins with the field it speaks of, after the place of that field. */
export function placed(line: string, locate: Locate): string {
  const [field = ''] = line.split(/[:,]/, 1);
  const place = locate(field);
  return place === undefined ? line : `${place}: ${line}`;
}

export function configError(source: string, lines: readonly string[]): TypeError {
  const count = lines.length === 1 ? 'one wrong field' : `${lines.length} wrong fields`;
  return new TypeError(`${source}: ${count}\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

function crossChecks(config: ResolvedConfig): string[] {
  const lines: string[] = [];
  const { etcd, consul, zookeeper, ttl, loop_wait, retry_timeout } = config;
  const named = sectionNames.filter((name) => config[name] !== undefined);
  if (named.length === 0) {
    lines.push(`store: missing; name one: a URL in store, or a section ${sectionNames.join(', ')}`);
  }
  if (named.length > 1) lines.push(`${named.join(', ')}: more than one store is named; keep one`);
  if (etcd !== undefined) lines.push(...checkEtcd(etcd));
  if (consul !== undefined) lines.push(...checkConsul(consul));
  if (zookeeper !== undefined) lines.push(...checkZooKeeper(zookeeper));
  if (ttl !== undefined && loop_wait !== undefined && retry_timeout !== undefined) {
    const least = loop_wait + 2 * retry_timeout;
    if (least > ttl) lines.push(`ttl: ${ttl} is under loop_wait + 2 × retry_timeout = ${least}; raise it to ${least}`);
  }
  return lines;
}

type Issue = z.core.$ZodIssue;

/** One line for each thing that an issue of a schema says of `input`. */
export function explain(issue: Issue, input: unknown): string[] {
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
  const value = issue.path.reduce<unknown>(held, input);
  if (value === undefined && issue.path.length > 0 && !isArrayElement(issue)) {
    return [`${field}: missing; it must be ${issue.message}`];
  }
  return [`${field}: ${show(value, field)} is not ${issue.message}`];
}

/** A list may be written as one string with commas. */
function held(value: unknown, key: PropertyKey): unknown {
  if (typeof value === 'string') return value.split(',')[Number(key)]?.trim();
  return (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
}

/** Elements of a list that was written as one string with commas have no value at their path. */
function isArrayElement(issue: Issue): boolean {
  return typeof issue.path.at(-1) === 'number';
}

/** The fields of a configuration, or those of a section of it. */
export function knownKeys([name]: readonly string[]): string[] {
  const section = sectionNames.find((known) => known === name);
  return section === undefined ? ['store', ...Object.keys(schema.shape)] : Object.keys(SECTIONS[section].shape);
}

function show(value: unknown, field: string): string {
  if (/(^|\.)(password|key_password|token|auth_data)(\.|$)/.test(field)) return '(hidden)';
  if (value === undefined) return 'one entry';
  const shown = (JSON.stringify(value) ?? String(value)).replace(/[^/"\s]*@/g, '');
  // Where a password was written without its %-escapes, a part of it may be taken for a port.
  const isAddress = /^(etcd3?|consul|zookeeper)\.(hosts?|url|proxy)(\.|$)/.test(field);
  const safe = isAddress ? shown.replace(/:(?=[^\d/\]:])[^"]*/g, ':…') : shown;
  return safe.length > 80 ? `${safe.slice(0, 77)}…` : safe;
}
