import { toBoolean } from '@tenure/core';
import { z } from 'zod';
import { isObject } from '../document-text.ts';
import { nearest } from '../nearest.ts';

/** What Patroni takes for true and false. */
export const flag = z
  .preprocess((value) => toBoolean(value) ?? value, z.boolean({ error: 'true or false, on or off, yes or no' }))
  .optional();

/** A number that a file may write as text. */
export const numeric = <T extends z.ZodType>(number: T) =>
  z.preprocess((value) => (typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value), number);

/** What a URL of Patroni's says; Python does not decode user and password. */
export interface PatroniUrl {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const URL = /^(https?):\/\/(?:([^/@:]*)(?::([^/@]*))?@)?(\[[0-9a-f:.%]+\]|[^\s:/@[\],]+)(?::(\d{1,5}))?\/?$/i;
const WANTED =
  'http://host:port or https://host:port with a port from 1 to 65535; user:password@ may stand before the host';

export const url = z
  .string({ error: WANTED })
  .transform((text, context): PatroniUrl => {
    const [, scheme, username, password, host, port] = URL.exec(text) ?? [];
    if (scheme === undefined || host === undefined || (port !== undefined && !(+port >= 1 && +port <= 65_535))) {
      context.issues.push({ code: 'custom', message: WANTED, input: text });
      return z.NEVER;
    }
    return {
      scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
      host,
      port: port === undefined ? undefined : Number(port),
      username: username || undefined,
      password: password || undefined,
    };
  })
  .optional();

/** The options of a section that are there: Patroni takes what is empty for not given. */
export function given(section: unknown): unknown {
  if (!isObject(section)) return section;
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== null && value !== ''));
}

/** A line for each option that nobody knows: Patroni ignores it, and so do we. */
export function unknownOptions(section: unknown, name: string, known: readonly string[]): string[] {
  const options = isObject(section) ? Object.keys(section) : [];
  return options
    .filter((option) => !known.includes(option))
    .map((option) => {
      const guess = nearest(option, known);
      return `${name}.${option}: unknown option, not used${guess === undefined ? '' : `; did you mean ${guess}?`}`;
    });
}

interface Pem {
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** The certificates as our sections have them. Patroni's `cert` may hold the key too (patroni/dcs/etcd.py, `consul.py`). */
export function pems({ cacert, cert, key }: Pem): { cacert?: string; cert?: string; key?: string } {
  return {
    ...(cacert === undefined ? {} : { cacert }),
    ...(cert === undefined ? {} : { cert, key: key ?? cert }),
  };
}

/** A line when certificates are given and Patroni speaks without TLS all the same. */
export function plainDespite({ cacert, cert }: Pem, name: string, ask: string): string[] {
  const [option] = Object.entries({ cacert, cert }).flatMap(([option, value]) => (value === undefined ? [] : [option]));
  return option === undefined ? [] : [`${name}.${option}: not used, for Patroni speaks TLS only with ${ask}`];
}
