import { z } from 'zod';
import { type Codec, check } from '../codec.ts';
import { decodeJson, deepFreeze, encodeJson } from '../json.ts';

/** One change of the timeline: where `timeline` ended and why. */
export interface HistoryLine {
  readonly timeline: number;
  /** Where the next timeline begins. */
  readonly lsn: number;
  readonly reason: string;
  /** ISO 8601, as its writer had it. */
  readonly timestamp?: string;
  /** Who led from then on. Only a line with a timestamp has it. */
  readonly leader?: string;
}

const line = z
  .strictObject({
    timeline: z.int().min(0),
    lsn: z.int().min(0),
    reason: z.string(),
    timestamp: z.string().optional(),
    leader: z.string().optional(),
  })
  .refine(({ timestamp, leader }) => leader === undefined || timestamp !== undefined, {
    error: 'must have a timestamp when it has a leader',
  });
const schema = z.array(line);

/** Stored as `[[timeline, lsn, reason, timestamp, leader], …]`, each line with three, four or five items. */
export const historyCodec: Codec<readonly HistoryLine[]> = {
  key: 'history',
  empty: '[]',
  encode(value) {
    check(schema, value, 'history');
    const lines = value.map(({ timeline, lsn, reason, timestamp, leader }) =>
      [timeline, lsn, reason, timestamp, leader].filter((item) => item !== undefined),
    );
    return encodeJson(lines);
  },
  decode(raw) {
    const stored = decodeJson(raw);
    if (!Array.isArray(stored)) return { value: undefined, problem: 'history is not a JSON list' };
    const lines = stored.map(toLine);
    const good = lines.filter((item) => item !== undefined);
    const bad = lines.indexOf(undefined);
    if (bad === -1) return { value: deepFreeze(good) };
    const problem = `history line ${bad} is not [timeline, lsn, reason, …]`;
    // The last line tells the timeline: without it the rest would tell a wrong one.
    return { value: lines.at(-1) === undefined ? undefined : deepFreeze(good), problem };
  },
};

/** The timeline the cluster is on: the last line's and one more, 1 when there is no line, 0 when it is not known. */
export function timelineOf(history: readonly HistoryLine[] | undefined): number {
  if (history === undefined) return 0;
  return (history.at(-1)?.timeline ?? 0) + 1;
}

function toLine(stored: unknown): HistoryLine | undefined {
  if (!Array.isArray(stored)) return undefined;
  const [timeline, lsn, reason, timestamp, leader]: unknown[] = stored;
  const parsed: unknown = {
    timeline: toInteger(timeline),
    lsn: toInteger(lsn),
    reason,
    ...(timestamp === undefined || timestamp === null ? {} : { timestamp }),
    ...(leader === undefined || leader === null ? {} : { leader }),
  };
  return isLine(parsed) ? parsed : undefined;
}

function isLine(value: unknown): value is HistoryLine {
  return line.safeParse(value).success;
}

function toInteger(value: unknown): unknown {
  return typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value;
}
