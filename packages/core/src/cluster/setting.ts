/**
 * A switch as Patroni reads it: `on`, `true`, `yes`, `1` and their opposites, in whatever letter case; `undefined` for
 * anything else. Source: `parse_bool` in patroni/utils.py.
 */
export function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'object') return undefined;
  const text = String(value).toLowerCase();
  if (['on', 'true', 'yes', '1'].includes(text)) return true;
  return ['off', 'false', 'no', '0'].includes(text) ? false : undefined;
}

/**
 * A whole number as Patroni reads it, from a number or from text, rounded; `undefined` for anything else. A number with a
 * unit counts only where a unit is expected, which is nowhere here. Source: `parse_int` in patroni/utils.py.
 */
export function toInteger(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.round(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const [, sign, digits] = /^\s*([+-]?)(0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*$/i.exec(value) ?? [];
  const number = Number(digits);
  if (digits === undefined || !Number.isFinite(number)) return undefined;
  return Math.round(sign === '-' ? -number : number);
}

/** What Python counts as true: Patroni asks no more of its older tags, so that the text `"false"` is true. */
export function isTruthy(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}
