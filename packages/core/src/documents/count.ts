/** What Patroni reads from text as well as from a number; anything else is left as it is. */
export function digitsToNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[0-9]+\s*$/.test(value) ? Number(value) : value;
}

/** A whole number from 0, from text too; `undefined` for anything else. Old versions wrote numbers as text. */
export function toCount(value: unknown): number | undefined {
  const number = digitsToNumber(value);
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
