import { z } from 'zod';
import { check, type Decoded, type Encoding } from '../codec.ts';
import { decodeJson, deepFreeze, encodeJson, isJsonObject } from '../json.ts';
import { digitsToNumber } from './count.ts';

/** What Patroni knows of a member, in the order it writes it. */
const known = {
  conn_url: z.string(),
  api_url: z.string(),
  state: z.string(),
  role: z.string(),
  version: z.string(),
  proxy_url: z.string(),
  checkpoint_after_promote: z.boolean(),
  tags: z.record(z.string(), z.unknown()).readonly(),
  pending_restart: z.boolean(),
  pending_restart_reason: z.record(z.string(), z.unknown()).readonly(),
  xlog_location: z.int(),
  replay_lsn: z.int(),
  receive_lsn: z.int(),
  replication_state: z.string(),
  timeline: z.int(),
  scheduled_restart: z.record(z.string(), z.unknown()).readonly(),
  pause: z.boolean(),
};
const knownFields = Object.keys(known) as (keyof typeof known)[];

const schema = z.looseObject(known).partial();

/**
 * What a member says of itself: the fields of Patroni, which have its names and types, and any others that are JSON.
 * The name is not among them: it is in the key.
 */
export interface MemberData {
  /** `postgres://host:port/db` */
  readonly conn_url?: string;
  /** Where the member's own HTTP interface answers. */
  readonly api_url?: string;
  /** Patroni: `running`, `starting`, `stopped` … */
  readonly state?: string;
  /** Patroni: `primary` (`master` before 4.0), `replica`, `standby_leader` … Who leads is in the leader key, not here. */
  readonly role?: string;
  /** Of the daemon. Patroni reads versions as numbers with dots. */
  readonly version?: string;
  readonly proxy_url?: string;
  readonly checkpoint_after_promote?: boolean;
  /** What they mean: `tagsOf`. */
  readonly tags?: { readonly [tag: string]: unknown };
  readonly pending_restart?: boolean;
  readonly pending_restart_reason?: { readonly [parameter: string]: unknown };
  /** The position in bytes: of a leader written, of others the furthest received or replayed. */
  readonly xlog_location?: number;
  /** Bytes. Patroni 4.1 and later. */
  readonly replay_lsn?: number;
  /** Bytes. Patroni 4.1 and later. */
  readonly receive_lsn?: number;
  /** Patroni: `streaming`, `in archive recovery`. */
  readonly replication_state?: string;
  readonly timeline?: number;
  readonly scheduled_restart?: { readonly [field: string]: unknown };
  readonly pause?: boolean;
  readonly [field: string]: unknown;
}

export const memberEncoding: Encoding<MemberData> = {
  encode(value) {
    check(schema, value, 'member');
    const order = [...knownFields, ...Object.keys(value).filter((field) => !Object.hasOwn(known, field))];
    const fields = order.filter((field) => Object.hasOwn(value, field)).map((field) => [field, value[field]]);
    return encodeJson(Object.fromEntries(fields));
  },
  decode(raw) {
    if (raw.startsWith('postgres')) return legacy(raw);
    const stored = decodeJson(raw);
    if (!isJsonObject(stored)) return { value: undefined, problem: 'member is not a JSON object' };
    for (const field of POSITIONS) if (field in stored) stored[field] = digitsToNumber(stored[field]);
    const wrong = new Set<string>(
      knownFields.filter((field) => Object.hasOwn(stored, field) && !known[field].safeParse(stored[field]).success),
    );
    const value = deepFreeze(Object.fromEntries(Object.entries(stored).filter(([field]) => !wrong.has(field))));
    const bad = [...wrong].filter((field) => stored[field] !== null);
    return { value, ...(bad.length > 0 && { problem: `member has a bad ${bad.join(' and ')}` }) };
  },
};

/** Patroni reads these from text too. */
const POSITIONS = ['xlog_location', 'replay_lsn', 'receive_lsn'] as const;

/** Before there was JSON the value was the connection URL, with the other one as its `application_name`. */
function legacy(raw: string): Decoded<MemberData> {
  const [, address, query = '', fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(raw) ?? [];
  const api_url = new URLSearchParams(query).get('application_name');
  return { value: Object.freeze({ conn_url: `${address}${fragment}`, ...(api_url ? { api_url } : {}) }) };
}
