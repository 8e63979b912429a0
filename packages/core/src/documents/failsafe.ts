import { z } from 'zod';
import { type Codec, check } from '../codec.ts';
import { decodeJson, deepFreeze, encodeJson, isJsonObject } from '../json.ts';

/** Where each member that may lead answers while the store does not: name to URL, the leader's own among them. */
export type Failsafe = { readonly [name: string]: string };

const schema = z.record(z.string().min(1), z.string()).readonly();

export const failsafeCodec: Codec<Failsafe> = {
  key: 'failsafe',
  empty: '{}',
  encode(value) {
    check(schema, value, 'failsafe');
    return encodeJson(value);
  },
  decode(raw) {
    const stored = decodeJson(raw);
    if (!isJsonObject(stored)) return { value: undefined, problem: 'failsafe is not a JSON object' };
    const urls = Object.entries(stored).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const value = deepFreeze(Object.fromEntries(urls));
    const bad = Object.keys(stored).filter((name) => !Object.hasOwn(value, name));
    return bad.length === 0 ? { value } : { value, problem: `failsafe has no URL for ${bad.join(', ')}` };
  },
};
