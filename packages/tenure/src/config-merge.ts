import { isDeepStrictEqual } from 'node:util';
import { define, isObject } from './document-text.ts';

export interface Merged {
  /** What `theirs` becomes with the changes of `mine` in it; where both changed the same, theirs. */
  readonly value: Record<string, unknown>;
  /** The fields that both changed, each in its own way, as `a.b`. */
  readonly conflicts: readonly string[];
}

/** Two changes of one configuration, put together field by field. An array is one value. */
export function mergeChanges(
  base: Record<string, unknown>,
  mine: Record<string, unknown>,
  theirs: Record<string, unknown>,
): Merged {
  const conflicts: string[] = [];
  // JSON has no undefined: it stands for a field that is not there.
  const merge = (before: unknown, left: unknown, right: unknown, path: readonly string[]): unknown => {
    if (isDeepStrictEqual(left, before) || isDeepStrictEqual(left, right)) return right;
    if (isDeepStrictEqual(right, before)) return left;
    if (isObject(left) && isObject(right)) return fields(before, left, right, path);
    conflicts.push(path.join('.'));
    return right;
  };
  const fields = (
    before: unknown,
    left: Record<string, unknown>,
    right: Record<string, unknown>,
    path: readonly string[],
  ): Record<string, unknown> => {
    const result: Record<string, unknown> = {};
    for (const field of new Set([...Object.keys(right), ...Object.keys(left)])) {
      const value = merge(at(before, field), at(left, field), at(right, field), [...path, field]);
      if (value !== undefined) define(result, field, value);
    }
    return result;
  };
  return { value: fields(base, mine, theirs, []), conflicts };
}

function at(value: unknown, field: string): unknown {
  return isObject(value) && Object.hasOwn(value, field) ? value[field] : undefined;
}
