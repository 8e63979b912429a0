import { z } from 'zod';
import { type Codec, check } from '../codec.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const schema = z.string().regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'must be text without control characters');

/** Who the cluster is: empty while it is being created, then an id that never changes (Patroni: the system id, in digits). */
export const initializeCodec: Codec<string> = {
  key: 'initialize',
  empty: undefined,
  encode(value) {
    check(schema, value, 'initialize');
    return value;
  },
  decode: (raw) => ({ value: raw }),
};
