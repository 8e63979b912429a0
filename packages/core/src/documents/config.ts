import { z } from 'zod';
import { type Codec, check } from '../codec.ts';
import { decodeJson, deepFreeze, encodeJson, isJsonObject } from '../json.ts';

/** The dynamic configuration that all members share: any JSON object. */
export type ConfigDocument = { readonly [key: string]: unknown };

const schema = z.custom<ConfigDocument>(isJsonObject, 'must be a JSON object');

/**
 * Patroni counts an empty config as missing, and its leader overwrites it with its own copy: `{}` is a value here, with a
 * problem. Anything but an object is no config.
 */
export const configCodec: Codec<ConfigDocument> = {
  key: 'config',
  empty: '{}',
  encode(value) {
    check(schema, value, 'config');
    return encodeJson(value);
  },
  decode(raw) {
    const value = decodeJson(raw);
    if (!isJsonObject(value)) return { value: undefined, problem: 'config is not a JSON object' };
    if (Object.keys(value).length > 0) return { value: deepFreeze(value) };
    return { value: deepFreeze(value), problem: 'config is empty: Patroni counts it as missing and overwrites it' };
  },
};
