import type { z } from 'zod';
import type { DocumentName } from './layout.ts';
import type { Version } from './store.ts';

/** What a stored value was read as. A `problem` without a `value` means: present, but not to be used. */
export interface Decoded<T> {
  readonly value: T | undefined;
  readonly problem?: string;
}

/** A document as it was seen. */
export interface Versioned<T> {
  /** `undefined`: absent, or not to be used, as `problem` says. */
  readonly value: T | undefined;
  /** `null`: the key is absent. */
  readonly version: Version | null;
  readonly problem?: string;
}

/** How a value is stored. Writing is strict and reading tolerant: one bad value must stop nobody. */
export interface Encoding<T> {
  /** The bytes Patroni would write. @throws TypeError naming the field, its value and what is allowed */
  encode(value: T): string;
  /** Never throws. Takes what any version of Patroni wrote, ignores unknown fields; the result is frozen. */
  decode(raw: string): Decoded<T>;
}

/** The encoding of a document: a permanent key that exists once in a scope. */
export interface Codec<T> extends Encoding<T> {
  readonly key: DocumentName;
  /**
   * What clearing writes. A document is emptied rather than deleted, so that its versions never repeat.
   * `undefined`: the key is deleted.
   */
  readonly empty: string | undefined;
}

/** @throws TypeError naming the first wrong field of `what`, its value and what is allowed */
export function check(schema: z.ZodType, value: unknown, what: string): void {
  const result = schema.safeParse(value);
  if (result.success) return;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  let wrong = value;
  for (const key of path) wrong = (wrong as Record<PropertyKey, unknown> | undefined)?.[key];
  const field = [what, ...path.map(String)].join('.');
  throw new TypeError(`${field}: ${issue?.message ?? 'not allowed'}, got ${show(wrong)}`);
}

/** A value for a message: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === 'string') return shorten(JSON.stringify(value));
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

function shorten(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}
