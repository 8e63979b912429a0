import { z } from 'zod';
import { type Codec, check } from '../codec.ts';
import { decodeJson, deepFreeze, encodeJson, isJsonObject } from '../json.ts';
import { toCount } from './count.ts';

/** How far the leader is, for those who may follow it. */
export interface Status {
  /** The leader's position; 0 when it is not known. */
  readonly optime: number;
  /** The position of each permanent replication slot. */
  readonly slots?: { readonly [slot: string]: number };
  /** The slots to keep for members that are away. Absent and empty mean the same. */
  readonly retainSlots?: readonly string[];
}

const position = z.int().min(0);
const schema = z.strictObject({
  optime: position,
  slots: z.record(z.string(), position).optional(),
  retainSlots: z.array(z.string()).optional(),
});

/** Also reads what `optime/leader` holds, a bare number, which old versions write instead. */
export const statusCodec: Codec<Status> = {
  key: 'status',
  empty: '{}',
  encode(value) {
    check(schema, value, 'status');
    const { optime, slots, retainSlots } = value;
    return encodeJson({ optime, slots, retain_slots: retainSlots });
  },
  decode(raw) {
    const stored = decodeJson(raw);
    const bare = toCount(stored);
    if (bare !== undefined) return { value: Object.freeze({ optime: bare }) };
    if (!isJsonObject(stored)) return { value: undefined, problem: 'status is neither a JSON object nor a number' };
    const wrong: string[] = [];
    const slots = toSlots(stored.slots, wrong);
    const retainSlots = toNames(stored.retain_slots, wrong);
    const optime = toCount(stored.optime);
    if (optime === undefined && stored.optime !== undefined) wrong.push('optime');
    const value = { optime: optime ?? 0, ...(slots && { slots }), ...(retainSlots && { retainSlots }) };
    return {
      value: deepFreeze(value),
      ...(wrong.length > 0 && { problem: `status has a bad ${wrong.join(' and ')}` }),
    };
  },
};

/** What two statuses that say the same have in common, in bytes too: slots by name, no empty `retainSlots`. */
export function normaliseStatus({ optime, slots, retainSlots = [] }: Status): Status {
  const byName = slots && Object.fromEntries(Object.entries(slots).sort(([a], [b]) => (a < b ? -1 : 1)));
  return deepFreeze({
    optime,
    ...(byName && { slots: byName }),
    ...(retainSlots.length > 0 && { retainSlots: [...retainSlots].sort() }),
  });
}

/** Kubernetes keeps JSON in text. */
function unpack(value: unknown): unknown {
  return typeof value === 'string' ? decodeJson(value) : value;
}

function toSlots(stored: unknown, wrong: string[]): Record<string, number> | undefined {
  if (stored === undefined || stored === null) return undefined;
  const value = unpack(stored);
  if (!isJsonObject(value)) {
    wrong.push('slots');
    return undefined;
  }
  const slots: [string, number][] = [];
  for (const [slot, text] of Object.entries(value)) {
    const at = toCount(text);
    if (at === undefined) wrong.push(`slots.${slot}`);
    else slots.push([slot, at]);
  }
  return Object.fromEntries(slots);
}

function toNames(stored: unknown, wrong: string[]): string[] | undefined {
  if (stored === undefined || stored === null) return undefined;
  const value = unpack(stored);
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
  wrong.push('retain_slots');
  return undefined;
}
