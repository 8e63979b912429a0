import { configError } from './config.ts';
import { nearest } from './nearest.ts';
import { PORTS } from './ports.ts';

type StoreName = 'etcd' | 'consul' | 'zookeeper' | 'embedded';

interface Scheme {
  readonly store: StoreName;
  /** Fields of the section that ask for TLS, for a scheme that does. */
  readonly tls?: Readonly<Record<string, unknown>>;
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  etcd: { store: 'etcd' },
  etcds: { store: 'etcd', tls: { tls: true } },
  consul: { store: 'consul' },
  consuls: { store: 'consul', tls: { scheme: 'https' } },
  zookeeper: { store: 'zookeeper' },
  zookeepers: { store: 'zookeeper', tls: { use_ssl: true } },
  embedded: { store: 'embedded' },
};
const KNOWN = Object.keys(SCHEMES);
/** What of each section may stand in the query. */
const SECTION_FIELDS: Readonly<Record<StoreName, readonly string[]>> = {
  etcd: ['tls', 'cacert', 'cert', 'key', 'srv', 'srv_suffix', 'discover'],
  consul: ['cacert', 'cert', 'key', 'token_file', 'dc', 'consistency', 'session_ttl_min'],
  zookeeper: ['cacert', 'cert', 'key', 'tick_time', 'min_ttl', 'max_ttl'],
  embedded: [],
};
const NUMBERS = new Set([
  ...['ttl', 'loop_wait', 'retry_timeout', 'stop_budget', 'group'],
  ...['session_ttl_min', 'tick_time', 'min_ttl', 'max_ttl'],
]);
const UNESCAPED = 'hosts: a / or ? stands before the @; in a user, password or token write / as %2F and ? as %3F';
const COMMON_FIELDS = ['scope', 'namespace', 'name', 'ttl', 'loop_wait', 'retry_timeout', 'stop_budget', 'group'];

/** What to say of an address that names no store. */
export function withoutScheme(field: string, text: string): string {
  // What stands before an @ is secret.
  const place = text.slice(text.lastIndexOf('@') + 1);
  return `${field}: ${place} does not say which store that is; write etcd://${place}, consul://${place} or zookeeper://${place}`;
}

/** True for what `parseStoreUrl` should read: a scheme of two letters or more, so that `C:\x` stays a path. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(text);
}

/**
 * A store as a URL, times in seconds:
 * `etcd://[user:password@]h1:2379,h2:2379[/namespace]/scope?ttl=30&loop_wait=10&name=node1&cacert=…&cert=…&key=…`,
 * `consul://[token@]h1:8500/scope?dc=…`, `zookeeper://[user:password@]h1:2181/scope?tick_time=2`, each with an `s` for TLS
 * (`etcds://`, `consuls://`, `zookeepers://`), `embedded:///path.db?scope=x`, `embedded:relative.db`, `embedded:` (in this process).
 * The fields are not checked here: `checkConfig` sees them all at once.
 * @throws TypeError for an unknown store, naming the known ones
 */
export function parseStoreUrl(url: string): Record<string, unknown> {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url) ?? [];
  const name = scheme.toLowerCase();
  const known = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (known === undefined) {
    if (/^\d|^[^/]*@/.test(rest)) throw new TypeError(withoutScheme('store', url));
    const guess = nearest(name, KNOWN);
    const hint =
      guess === undefined ? `known are ${list(KNOWN)}` : `did you mean ${guess}://? Known are ${list(KNOWN)}`;
    throw new TypeError(`store: ${name}:// is unknown; ${hint}`);
  }
  const { store, tls = {} } = known;
  const [location = '', query = ''] = splitOnce(rest, '?');
  const source = `store ${name}`;
  if (rest.includes('#')) throw configError(source, ['#: write it as %23']);
  const fields = queryFields(query, store, source);
  if (store === 'embedded') return embedded(location, fields, source);
  return server(store, location, { ...fields, section: { ...tls, ...fields.section } }, source);
}

interface Fields {
  readonly common: Record<string, unknown>;
  readonly section: Record<string, unknown>;
}

function server(
  store: Exclude<StoreName, 'embedded'>,
  location: string,
  { common, section }: Fields,
  source: string,
): Record<string, unknown> {
  if (!location.startsWith('//')) {
    throw configError(source, [`hosts: missing; write ${store}://host:${PORTS[store]}/scope`]);
  }
  const [authority = '', path = ''] = splitOnce(location.slice(2), '/');
  const at = authority.lastIndexOf('@');
  if (at < 0 && path.includes('@')) throw configError(source, [UNESCAPED]);
  const hosts = authority.slice(at + 1);
  const config = {
    ...section,
    ...(hosts === '' ? {} : { hosts: hosts.split(',') }),
    ...(at < 0 ? {} : login(store, authority.slice(0, at), source)),
  };
  const segments = path.split('/').filter((part) => part !== '');
  const scope = segments.pop();
  return {
    ...(scope === undefined ? {} : { scope: decode(scope, 'scope', source) }),
    ...(segments.length === 0
      ? {}
      : { namespace: segments.map((part) => decode(part, 'namespace', source)).join('/') }),
    ...common,
    [store]: config,
  };
}

/** What stands before the @, in the fields of its store. */
function login(store: Exclude<StoreName, 'embedded'>, text: string, source: string): Record<string, unknown> {
  if (store === 'consul') return { token: decode(text, 'token', source) };
  const [name = '', secret] = splitOnce(text, ':');
  const username = decode(name, 'username', source);
  const password = secret === undefined ? undefined : decode(secret, 'password', source);
  if (store === 'etcd') return { username, ...(password === undefined ? {} : { password }) };
  if (password === undefined) throw configError(source, ['password: missing; write zookeeper://user:password@host']);
  return { auth_data: { digest: `${username}:${password}` } };
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

function queryFields(query: string, store: StoreName, source: string): Fields {
  const common: Record<string, unknown> = {};
  const section: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [key, value] of new URLSearchParams(query.replaceAll('+', '%2B'))) {
    if (key.includes('@')) throw configError(source, [UNESCAPED]);
    const ofSection = SECTION_FIELDS[store].includes(key);
    const target = ofSection ? section : common;
    if (!ofSection && !COMMON_FIELDS.includes(key)) {
      const known = [...COMMON_FIELDS, ...SECTION_FIELDS[store]];
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

function list(schemes: readonly string[]): string {
  return schemes.map((scheme) => (scheme === 'embedded' ? 'embedded:' : `${scheme}://`)).join(', ');
}
