import { z } from 'zod';

/** Times are in SECONDS, as in Patroni's files; fractions are allowed. The upper bound catches milliseconds. */
export const MAX_TTL = 3600;

export const text = (allowed: string) => z.string({ error: allowed }).min(1, { error: allowed, abort: true });
export const segment = (allowed: string) => text(allowed).regex(/^[^/]+$/, { error: allowed });
export const flag = z.boolean({ error: 'true or false' }).optional();
export const pemPath = text('the path of a PEM file').optional();

export const seconds = (min: number, max: number) => {
  const allowed = `a number of seconds from ${min} to ${max}`;
  return z.number({ error: allowed }).min(min, { error: allowed }).max(max, { error: allowed });
};

export const whole = (min: number, max: number) => {
  const allowed =
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`;
  return z.number({ error: allowed }).int({ error: allowed }).min(min, { error: allowed }).max(max, { error: allowed });
};

const HOST = /^(https?:\/\/)?(?:\[[0-9a-f:.%]+\]|[^\s:/@[\],]+)(?::(\d{1,5}))?$/i;
const portAllowed = (port: string | undefined) => port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);

/** How an endpoint may name http or https before its host. */
export type Scheme = 'may' | 'must' | 'never';

/** `host` or `host:port`, with a scheme as `scheme` says. */
export const host = (scheme: Scheme) => {
  const name = scheme === 'must' ? 'http://host or https://host' : 'host';
  return text(`${name} or host:port, an IPv6 address in brackets`).refine(
    (value) => {
      const match = HOST.exec(value);
      if (match === null || !portAllowed(match[2])) return false;
      return scheme === 'may' || (match[1] !== undefined) === (scheme === 'must');
    },
    {
      error:
        scheme === 'must'
          ? 'http://host:port or https://host:port with a port from 1 to 65535'
          : 'host or host:port with a port from 1 to 65535, an IPv6 address in brackets',
    },
  );
};

/** A list, which may be empty, or one string with commas. */
export const listOrNone = <T extends z.ZodType>(element: T, allowed: string) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
    z.array(element, { error: allowed }),
  );

/** The same, with one element at least. */
export const list = <T extends z.ZodType>(element: T, allowed: string) =>
  listOrNone(element, allowed).refine((elements) => elements.length > 0, { error: allowed });

export const hosts = (scheme: Scheme) => list(host(scheme), 'a list of host:port, or one string with commas');

/** The endpoint with this port when it names none. */
export function withPort(endpoint: string, port: number): string {
  return /:\d+$/.test(endpoint.replace(/^https?:\/\//, '')) && !/\[[^\]]*:\d+$/.test(endpoint)
    ? endpoint
    : `${endpoint}:${port}`;
}

/** A line when one of two fields that go together is missing. */
export function together(section: object, name: string, one: string, other: string): string[] {
  const fields = section as Readonly<Record<string, unknown>>;
  if (fields[one] !== undefined && fields[other] === undefined) {
    return [`${name}.${other}: missing; ${name}.${one} needs it`];
  }
  if (fields[other] !== undefined && fields[one] === undefined) {
    return [`${name}.${one}: missing; ${name}.${other} needs it`];
  }
  return [];
}
