import { inexactText, isExact, numberTexts } from './number-text.ts';

/** A JSON object. @throws SyntaxError naming `source`, line and column, also of a number that would be rounded */
export function parseJsonObject(text: string, source: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const { line, column } = place(text, error as SyntaxError);
    const what = (error as SyntaxError).message.replace(/ in JSON at position.*$/s, '').replace(/, \.*".*$/s, '');
    throw new SyntaxError(`${source}, line ${line}, column ${column}: ${what}`);
  }
  const inexact = [...numberTexts(text)].find((number) => !isExact(number.text));
  if (inexact !== undefined) {
    const { line, column } = placeAt(text, inexact.offset);
    throw new SyntaxError(
      `${source}, line ${line}, column ${column}: ${inexactText(inexact.path.join('.'), inexact.text)}`,
    );
  }
  return assertObject(value, source);
}

export function assertObject(value: unknown, source: string): Record<string, unknown> {
  if (isObject(value)) return value;
  throw new SyntaxError(`${source}: the config must be an object, got ${JSON.stringify(value)?.slice(0, 60)}`);
}

/** V8 tells a position in most messages; where it does not, the text ended too early or the first token is wrong. */
function place(text: string, error: SyntaxError): { readonly line: number; readonly column: number } {
  const position = /at position (\d+)/.exec(error.message)?.[1];
  const unexpected = /^Unexpected token '(.+?)'/su.exec(error.message)?.[1];
  let at = text.length;
  if (position !== undefined) at = Number(position);
  else if (unexpected !== undefined) at = Math.max(0, text.indexOf(unexpected));
  return placeAt(text, at);
}

function placeAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** RFC 7396: `null` removes a field, objects are merged, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field];
    else define(result, field, mergePatch(result[field], value));
  }
  return result;
}

/**
 * The merge patch that `a.b=value` means; the value is JSON, or else text. `a.b=null` removes the field.
 * @throws SyntaxError for an argument without `=`, with an empty field or without a value, or with a number that would be rounded
 */
export function assignmentPatch(argument: string): Record<string, unknown> {
  const at = argument.indexOf('=');
  const path = argument.slice(0, Math.max(0, at)).split('.');
  if (at < 0 || path.includes('')) {
    throw new SyntaxError(`${JSON.stringify(argument)}: write field=value, field.inner=value, or a JSON object`);
  }
  const value = argument.slice(at + 1);
  if (value === '') {
    const field = argument.slice(0, at);
    throw new SyntaxError(`${field}=: no value; ${field}=null removes the field, ${field}='""' makes it an empty text`);
  }
  return path.reduceRight<unknown>(
    (inner, field) => define({}, field, inner),
    jsonOrText(value, argument.slice(0, at)),
  ) as Record<string, unknown>;
}

function jsonOrText(text: string, field: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  for (const { path, text: number } of numberTexts(text)) {
    if (!isExact(number)) throw new SyntaxError(inexactText([field, ...path].join('.'), number));
  }
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field named `__proto__` is a field like any other. */
export function define(target: Record<string, unknown>, field: string, value: unknown): Record<string, unknown> {
  return Object.defineProperty(target, field, { value, enumerable: true, configurable: true, writable: true });
}
