import { z } from 'zod';
import { type Codec, check, type Decoded, show } from '../codec.ts';
import { toIso } from '../iso.ts';
import { decodeJson, encodeJson, isJsonObject } from '../json.ts';

/** A request to change the leader. With a `leader` it is a switchover away from it, without one a manual failover. */
export interface FailoverRequest {
  readonly leader?: string;
  /** Who shall lead then; the healthiest when absent. */
  readonly candidate?: string;
  /** When; at once when absent. Stored with an offset always, and read to the millisecond. */
  readonly scheduledAt?: Date;
}

const schema = z
  .strictObject({
    leader: z.string().min(1).optional(),
    candidate: z.string().min(1).optional(),
    scheduledAt: z
      .date()
      .refine((date) => /^\d/.test(date.toISOString()), { error: 'must be in the years 0 to 9999' })
      .optional(),
  })
  .refine(({ leader, candidate, scheduledAt }) => scheduledAt === undefined || (leader ?? candidate) !== undefined, {
    error: 'must name a leader or a candidate when scheduledAt is set',
  });

/** The key is emptied and never deleted. The candidate is stored as `member`. */
export const failoverCodec: Codec<FailoverRequest> = {
  key: 'failover',
  empty: '{}',
  encode(value) {
    check(schema, value, 'failover');
    const { leader, candidate, scheduledAt } = value;
    return encodeJson({ leader, member: candidate, scheduled_at: scheduledAt && toIso(scheduledAt) });
  },
  decode(raw) {
    const stored = decodeJson(raw);
    if (stored === undefined) return legacy(raw);
    if (!isJsonObject(stored)) return { value: Object.freeze({}), problem: 'failover is not a JSON object' };
    const { leader, member, scheduled_at: at } = stored;
    if (!isTextOrNothing(leader) || !isTextOrNothing(member)) {
      return { value: undefined, problem: 'failover.leader or failover.member is not text' };
    }
    const request = toRequest(leader, member);
    if (at === undefined || at === null || at === '') return { value: Object.freeze(request) };
    const scheduledAt = parseScheduledAt(at);
    // Without its time the request would count as one for now.
    if (scheduledAt === undefined) {
      return { value: undefined, problem: `failover.scheduled_at is not a time with an offset: ${show(at)}` };
    }
    return { value: Object.freeze({ ...request, scheduledAt }) };
  },
};

/** Whether anything is asked for: the empty request, which clearing leaves, asks for nothing, nor does a time alone. */
export function isFailoverRequested(request: FailoverRequest | undefined): boolean {
  return request?.leader !== undefined || request?.candidate !== undefined;
}

/** What is asked for: with a `leader` a switchover, with a candidate alone a failover. */
export function failoverAction(request: FailoverRequest | undefined): 'switchover' | 'failover' | undefined {
  if (!isFailoverRequested(request)) return undefined;
  return request?.leader === undefined ? 'failover' : 'switchover';
}

/** Before there was JSON the value was `leader:candidate`. Broken JSON is not taken for one. */
function legacy(raw: string): Decoded<FailoverRequest> {
  if (/^\s*[{["]/.test(raw)) return { value: undefined, problem: 'failover is broken JSON' };
  const [leader, candidate] = raw.split(':').map((name) => name.trim());
  return { value: Object.freeze(toRequest(leader, candidate)) };
}

function toRequest(leader: string | null | undefined, candidate: string | null | undefined): FailoverRequest {
  return { ...(leader ? { leader } : {}), ...(candidate ? { candidate } : {}) };
}

function isTextOrNothing(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === 'string';
}

const ISO = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,3})\d*)?\s?(Z|[+-]\d{2}(?::?\d{2})?)$/i;

/** A time in ISO 8601 with an offset, as `scheduled_at` is stored, to the millisecond; `undefined` for anything else. */
export function parseScheduledAt(text: unknown): Date | undefined {
  if (typeof text !== 'string') return undefined;
  const [, day, time, fraction = '0', zone] = ISO.exec(text.trim()) ?? [];
  if (day === undefined || zone === undefined) return undefined;
  const offset = zone.length === 3 ? `${zone}:00` : zone.replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2').toUpperCase();
  // `Date` takes the 31st of February for the 3rd of March.
  if (new Date(`${day}T00:00Z`).getUTCDate() !== Number(day.slice(-2))) return undefined;
  const date = new Date(`${day}T${time?.length === 5 ? `${time}:00` : time}.${fraction.padEnd(3, '0')}${offset}`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
