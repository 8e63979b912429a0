import { z } from 'zod';
import { flag, host, hosts, listOrNone, MAX_TTL, pemPath, seconds, text, together, whole, withPort } from './fields.ts';
import { PORTS } from './ports.ts';

const INTERVAL = 'a number of seconds from 0.1 to 3600, or a text such as 5s';
const ALWAYS = 'true: certificates are always checked; name their authority in cacert';

export const consulSchema = z.strictObject(
  {
    hosts: hosts('may').optional(),
    url: z
      .preprocess((value) => (typeof value === 'string' ? value.replace(/\/$/, '') : value), host('must'))
      .optional(),
    host: host('never').optional(),
    port: whole(1, 65_535).optional(),
    scheme: z.enum(['http', 'https'], { error: 'http or https' }).optional(),
    token: text('the secret id of a token')
      .regex(/^[\x21-\x7e]+$/, { error: 'visible ASCII characters' })
      .optional(),
    token_file: text('the path of a file that holds a token').optional(),
    verify: z.literal(true, { error: ALWAYS }).optional(),
    cacert: pemPath,
    cert: pemPath,
    key: pemPath,
    dc: text('the name of a datacenter').optional(),
    consistency: z.enum(['default', 'consistent', 'stale'], { error: 'default, consistent or stale' }).optional(),
    checks: z.array(text('the id of a health check'), { error: 'a list of health checks' }).optional(),
    session_ttl_min: seconds(0.1, MAX_TTL).optional(),
    register_service: flag,
    service_tags: listOrNone(text('a tag'), 'a list of tags').optional(),
    service_check_interval: z
      .preprocess(
        (value) => (typeof value === 'string' && /^\d+(\.\d+)?s$/.test(value) ? Number(value.slice(0, -1)) : value),
        z.number({ error: INTERVAL }).min(0.1, { error: INTERVAL }).max(3600, { error: INTERVAL }),
      )
      .optional(),
    service_check_tls_server_name: text('the name in a certificate').optional(),
  },
  { error: 'an object with hosts' },
);

export type ConsulSection = z.infer<typeof consulSchema>;

/** Patroni's names. Instead of `hosts` one agent may be named by `url`, or by `host`, `port` and `scheme`. */
export interface ConsulConfig {
  /** Agents as `host:port`, a list or one string with commas; the port is 8500 when it is left out. */
  readonly hosts?: string | readonly string[];
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  /** `https` is TLS with the authorities that Node trusts; `cacert` or `cert` imply it. */
  readonly scheme?: 'http' | 'https';
  readonly token?: string;
  /** A file that holds the token, read again when it changes. */
  readonly token_file?: string;
  /** Certificates are always checked. */
  readonly verify?: true;
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly dc?: string;
  /** Not used, with a warning when it is another one than `consistent`: no other keeps the guarantees. */
  readonly consistency?: 'default' | 'consistent' | 'stale';
  /** Health checks that end the session when they fail. Default none. */
  readonly checks?: readonly string[];
  /** Seconds: `session_ttl_min` of the servers, half of the shortest ttl. Default 10. */
  readonly session_ttl_min?: number;
  /** Whether what is announced of this member is also registered as a service with the first agent. */
  readonly register_service?: boolean;
  readonly service_tags?: string | readonly string[];
  /** Seconds. Default 5. */
  readonly service_check_interval?: number | string;
  readonly service_check_tls_server_name?: string;
}

/** One line for each thing that is wrong with the fields together. */
export function checkConsul(consul: ConsulSection): string[] {
  const lines: string[] = [];
  const named = (['hosts', 'url', 'host'] as const).filter((field) => consul[field] !== undefined);
  if (named.length === 0) lines.push('consul.hosts: missing; name hosts, url or host');
  if (named.length > 1) lines.push(`${named.map((field) => `consul.${field}`).join(', ')}: name only one of them`);
  if (consul.port !== undefined && consul.host === undefined) lines.push('consul.host: missing; consul.port needs it');
  if (consul.port !== undefined && consul.host !== undefined && withPort(consul.host, PORTS.consul) === consul.host) {
    lines.push('consul.host, consul.port: the host names a port too; keep one');
  }
  if (consul.token !== undefined && consul.token_file !== undefined) {
    lines.push('consul.token, consul.token_file: name only one of them');
  }
  lines.push(...together(consul, 'consul', 'cert', 'key'));
  const certified = (consul.cacert ?? consul.cert) !== undefined;
  if (consul.scheme === 'http' && certified) {
    lines.push('consul.scheme: "http", yet a certificate is given; leave scheme out');
  }
  const secure = certified || consul.scheme === 'https';
  const plain = [...(consul.hosts ?? []), consul.url].some((endpoint) => endpoint?.startsWith('http://') === true);
  if (secure && plain) lines.push('consul.hosts, consul.url: one begins with http://, yet TLS is asked for');
  return lines;
}

/** `host:port`, with a scheme where one was given. */
export function consulEndpoints({ hosts, url, host, port = PORTS.consul }: ConsulSection): string[] {
  const named = hosts ?? [url ?? host].filter((endpoint) => endpoint !== undefined);
  return named.map((endpoint) => withPort(endpoint, port));
}
