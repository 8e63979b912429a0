/**
 * `value` as Patroni stores it, byte for byte what Python's `json.dumps(value, separators=(',', ':'))` gives: compact,
 * in insertion order, every character outside 0x20–0x7E as a lowercase `\uXXXX`. Two things differ because JavaScript
 * objects and numbers do: keys such as `"1"` come first, and `1.0` is written `1`.
 * @throws TypeError for what JSON cannot hold: an undefined array item, NaN, a function, a Map, a cycle
 */
export function encodeJson(value: unknown): string {
  const text = JSON.stringify(value, assertJsonValue);
  if (text === undefined) throw new TypeError(`value must be JSON, got ${typeof value}`);
  return text.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function assertJsonValue(this: unknown, key: string, value: unknown): unknown {
  const field = key === '' ? 'value' : key;
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError(`${field} must be a finite number, got ${value}`);
  }
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
    throw new TypeError(`${field} must be JSON, got a ${typeof value}`);
  }
  if (value === undefined && Array.isArray(this)) throw new TypeError(`item ${field} must be JSON, got undefined`);
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !isPlain(value)) {
    throw new TypeError(`${field} must be JSON, got a ${value.constructor?.name ?? 'class instance'}`);
  }
  return value;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The parsed text, or `undefined` when it is not JSON (JSON itself has no undefined). */
export function decodeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object in the sense of JSON: neither null nor an array. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Freezes what was parsed from JSON, all the way down. Deep nesting, which a stored value may have, is no problem. */
export function deepFreeze<T>(value: T): T {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    for (const inner of Object.values(Object.freeze(next))) open.push(inner);
  }
  return value;
}
