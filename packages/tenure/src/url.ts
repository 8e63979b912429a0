import { configError } from './config.ts';
import { nearest } from './nearest.ts';

const KNOWN = ['etcd', 'etcds', 'embedded'];
const LATER = ['consul', 'zookeeper'];
const NUMBERS = new Set(['ttl', 'loop_wait', 'retry_timeout', 'stop_budget', 'group']);
const ETCD_FIELDS = new Set(['tls', 'cacert', 'cert', 'key', 'srv', 'srv_suffix', 'discover']);
const UNESCAPED = 'hosts: a / or ? stands before the @; in a user or password write / as %2F and ? as %3F';
const COMMON_FIELDS = ['scope', 'namespace', 'name', ...NUMBERS];

/** True for what `parseStoreUrl` should read: a scheme of two letters or more, so that `C:\x` stays a path. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(text);
}

/**
 * A store as a URL, times in seconds:
 * `etcd://[user:password@]h1:2379,h2:2379[/namespace]/scope?ttl=30&loop_wait=10&name=node1&cacert=…&cert=…&key=…`,
 * `etcds://…` (TLS), `embedded:///path.db?scope=x`, `embedded:relative.db`, `embedded:` (in this process).
 * The fields are not checked here: `checkConfig` sees them all at once.
 * @throws TypeError for an unknown store, naming the known ones
 */
export function parseStoreUrl(url: string): Record<string, unknown> {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url) ?? [];
  const store = scheme.toLowerCase();
  if (LATER.includes(store)) {
    throw new TypeError(`store: ${store}:// has no adapter in this version; known are ${list(KNOWN)}`);
  }
  if (!KNOWN.includes(store)) {
    const guess = nearest(store, KNOWN);
    const hint =
      guess === undefined ? `known are ${list(KNOWN)}` : `did you mean ${guess}://? Known are ${list(KNOWN)}`;
    throw new TypeError(`store: ${store}:// is unknown; ${hint}`);
  }
  const [location = '', query = ''] = splitOnce(rest, '?');
  const source = `store ${store}`;
  if (rest.includes('#')) throw configError(source, ['#: write it as %23']);
  const fields = queryFields(query, store, source);
  return store === 'embedded' ? embedded(location, fields, source) : etcd(location, fields, store === 'etcds', source);
}

interface Fields {
  readonly common: Record<string, unknown>;
  readonly section: Record<string, unknown>;
}

function etcd(location: string, { common, section }: Fields, tls: boolean, source: string): Record<string, unknown> {
  if (!location.startsWith('//')) throw configError(source, ['hosts: missing; write etcd://host:2379/scope']);
  const [authority = '', path = ''] = splitOnce(location.slice(2), '/');
  const at = authority.lastIndexOf('@');
  if (at < 0 && path.includes('@')) {
    throw configError(source, [UNESCAPED]);
  }
  const hosts = authority.slice(at + 1);
  const config: Record<string, unknown> = { ...section };
  if (hosts !== '') config.hosts = hosts.split(',');
  if (tls) config.tls ??= true;
  if (at >= 0) {
    const [username = '', password] = splitOnce(authority.slice(0, at), ':');
    config.username = decode(username, 'username', source);
    if (password !== undefined) config.password = decode(password, 'password', source);
  }
  const segments = path.split('/').filter((part) => part !== '');
  const scope = segments.pop();
  return {
    ...(scope === undefined ? {} : { scope: decode(scope, 'scope', source) }),
    ...(segments.length === 0
      ? {}
      : { namespace: segments.map((part) => decode(part, 'namespace', source)).join('/') }),
    ...common,
    etcd: config,
  };
}

function embedded(location: string, { common }: Fields, source: string): Record<string, unknown> {
  const authority = /^\/\/([^/]*)/.exec(location)?.[1];
  if (authority !== undefined && authority !== '') {
    throw configError(source, [
      `path: "//${authority}" names a host; write embedded:///absolute/path.db or embedded:relative.db`,
    ]);
  }
  const path = decode(location.replace(/^\/\//, ''), 'path', source);
  return { ...common, embedded: path === '' ? {} : { path } };
}

function queryFields(query: string, store: string, source: string): Fields {
  const common: Record<string, unknown> = {};
  const section: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [key, value] of new URLSearchParams(query.replaceAll('+', '%2B'))) {
    if (key.includes('@')) throw configError(source, [UNESCAPED]);
    const ofEtcd = store !== 'embedded' && ETCD_FIELDS.has(key);
    const target = ofEtcd ? section : common;
    if (!ofEtcd && !COMMON_FIELDS.includes(key)) {
      const known = [...COMMON_FIELDS, ...(store === 'embedded' ? [] : ETCD_FIELDS)];
      const guess = nearest(key, known);
      wrong.push(
        `${key}: unknown field; ${guess === undefined ? `known are ${known.join(', ')}` : `did you mean ${guess}?`}`,
      );
    } else if (key in target) wrong.push(`${key}: given twice`);
    else target[key] = typed(key, value);
  }
  if (wrong.length > 0) throw configError(source, wrong);
  return { common, section };
}

/** What is no number stays text, so that the schema can show it. */
function typed(key: string, value: string): unknown {
  if (NUMBERS.has(key)) return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
  if (key === 'tls' || key === 'discover') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}

function decode(text: string, field: string, source: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw configError(source, [`${field}: a % in it is not followed by two hexadecimal digits; write % as %25`]);
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function list(stores: readonly string[]): string {
  return stores.map((store) => (store === 'embedded' ? 'embedded:' : `${store}://`)).join(', ');
}
