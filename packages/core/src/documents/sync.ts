import { z } from 'zod';
import { type Codec, check, show } from '../codec.ts';
import { decodeJson, deepFreeze, encodeJson, isJsonObject } from '../json.ts';
import { toCount } from './count.ts';

/** Who may take over without losing what was acknowledged. */
export interface SyncState {
  /** The member that led when this was written; `null`: there is no synchronous replication. */
  readonly leader: string | null;
  /** How many others of `standbys` and `leader` a candidate must see; 0 without quorum commit. */
  readonly quorum: number;
  /** The synchronous members; without a leader there are none. */
  readonly standbys: readonly string[];
}

/** Names are stored joined by commas and trimmed when read. */
const standby = z.string().refine((name) => name !== '' && name.trim() === name && !name.includes(','), {
  error: 'must be a name without commas or outer white space',
});

const schema = z
  .strictObject({
    leader: z.string().min(1).nullable(),
    quorum: z.int().min(0),
    standbys: z.array(standby),
  })
  .refine((sync) => sync.leader !== null || (sync.standbys.length === 0 && sync.quorum === 0), {
    error: 'standbys must be [] and quorum 0 without a leader',
  });

export const syncCodec: Codec<SyncState> = {
  key: 'sync',
  empty: '{}',
  encode(value) {
    check(schema, value, 'sync');
    const { leader, quorum, standbys } = value;
    const names = [...standbys].sort(byCodePoint).join(',');
    return encodeJson({ leader, quorum, sync_standby: names === '' ? null : names });
  },
  decode(raw) {
    const stored = decodeJson(raw);
    if (!isJsonObject(stored)) return { value: undefined, problem: 'sync is not a JSON object' };
    const { leader = null, sync_standby = null } = stored;
    if (leader === null || leader === '') return { value: deepFreeze({ leader: null, quorum: 0, standbys: [] }) };
    const quorum = toCount(stored.quorum ?? 0);
    if (quorum === undefined) {
      return { value: undefined, problem: `sync.quorum is not an integer: ${show(stored.quorum)}` };
    }
    if (typeof leader !== 'string' || (sync_standby !== null && typeof sync_standby !== 'string')) {
      return { value: undefined, problem: 'sync.leader or sync.sync_standby is not text' };
    }
    const standbys = (sync_standby ?? '').split(',').map((name) => name.trim());
    return { value: deepFreeze({ leader, quorum, standbys: standbys.filter((name) => name !== '') }) };
  },
};

/** Whether `name` is one of the synchronous standbys. Letter case does not count, as in PostgreSQL's own list. */
export function isSyncStandby(sync: SyncState | undefined, name: string): boolean {
  const wanted = name.toLowerCase();
  return sync?.standbys.some((standby) => standby.toLowerCase() === wanted) ?? false;
}

/** Whether `name` is the leader of that state or one of its standbys: who may race for the office when nobody holds it. */
export function isSyncMember(sync: SyncState | undefined, name: string): boolean {
  return sync?.leader?.toLowerCase() === name.toLowerCase() || isSyncStandby(sync, name);
}

/** Python sorts by code points, JavaScript by UTF-16 units. */
function byCodePoint(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  for (const [index, char] of a.entries()) {
    const difference = (char.codePointAt(0) ?? 0) - (b[index]?.codePointAt(0) ?? -1);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
