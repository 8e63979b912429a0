import { Layout, type Snapshot } from '@tenure/core';
import { z } from 'zod';
import { Refusal } from './refusal.ts';

/** One key of a scope. */
export interface DumpedKey {
  /** Below the scope: `config`, `members/a`, in a group `1/config`. */
  readonly key: string;
  readonly value: string;
  /** As the store counted it, to compare with; it cannot be restored. */
  readonly version: string;
  /** The session that the key ended with. */
  readonly session?: string | undefined;
}

/** All keys of a scope at one moment, sorted, their values to the byte. */
export interface Dump {
  readonly format: 'tenure-scope-1';
  readonly store: string;
  readonly namespace: string;
  readonly scope: string;
  readonly keys: readonly DumpedKey[];
}

const NOT_TEXT = 'must be text that UTF-8 can hold, without unpaired surrogates';

function isText(text: string): boolean {
  return text.isWellFormed();
}

const schema = z.strictObject({
  format: z.literal('tenure-scope-1'),
  store: z.string(),
  namespace: z.string(),
  scope: z.string(),
  keys: z.array(
    z.strictObject({
      key: z
        .string()
        .regex(/^[^/]+(\/[^/]+)*$/, 'must be a path without a slash at either end')
        // ZooKeeper refuses them, and a URL is rewritten for them.
        .refine((key) => !/(^|\/)\.\.?(\/|$)/.test(key), 'must be a path without . and .. in it')
        .refine(isText, NOT_TEXT),
      value: z.string().refine(isText, NOT_TEXT),
      version: z.string(),
      session: z.string().optional(),
    }),
  ),
});

/** @throws Refusal that names the keys whose bytes are not UTF-8: JSON cannot hold them */
export function dumpOf(layout: Layout, snapshot: Snapshot, store: string): Dump {
  const entries = [...snapshot.entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const malformed = entries.filter(([, entry]) => entry.malformed).map(([key]) => key);
  if (malformed.length > 0) {
    throw new Refusal(`${malformed.join(', ')}: the stored bytes are not UTF-8, and would not come back as they are`);
  }
  const keys = entries.map(([key, { value, version, session }]) => ({
    key: key.slice(layout.scopePrefix.length),
    value,
    version,
    ...(session === undefined ? {} : { session }),
  }));
  return { format: 'tenure-scope-1', store, namespace: layout.namespace, scope: layout.scope, keys };
}

/** @throws TypeError naming the source and the first thing that is wrong */
export function parseDump(text: string, source: string): Dump {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TypeError(`${source}: is not JSON: ${(error as Error).message}`);
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new TypeError(`${source}: is no export: ${issue?.path.join('.') || 'it'}: ${issue?.message}`);
  }
  const { namespace, scope } = result.data;
  try {
    new Layout({ namespace, scope });
  } catch (error) {
    throw new TypeError(`${source}: is no export: ${(error as Error).message}`);
  }
  const twice = result.data.keys.find(({ key }, index, keys) => keys.findIndex((other) => other.key === key) < index);
  if (twice !== undefined) throw new TypeError(`${source}: is no export: the key ${twice.key} is there twice`);
  return result.data;
}

/** Whether a key is of a process that lives: it comes back with its process, and never without. */
export function isTransient(layout: Layout, { key, session }: Pick<DumpedKey, 'key' | 'session'>): boolean {
  const parsed = layout.parse(layout.scopePrefix + key);
  return session !== undefined || parsed?.type === 'member' || (parsed?.type === 'key' && parsed.name === 'leader');
}
