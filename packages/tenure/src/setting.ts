import { define, isObject } from './document-text.ts';
import { parseYaml } from './parse-yaml.ts';

/** One `--set` of `patronictl edit-config`. */
export interface Setting {
  readonly path: readonly string[];
  /** `null` removes the field. */
  readonly value: unknown;
}

/**
 * `a.b=value`, the value in YAML. The parameters of PostgreSQL have dots in their names: what follows `postgresql.parameters`
 * is one. @throws SyntaxError for an argument without `=`, with an empty field or without a value
 */
export function parseSetting(argument: string): Setting {
  const at = argument.indexOf('=');
  const field = argument.slice(0, Math.max(0, at)).trim();
  const names = field.split('.');
  if (at < 0 || names.includes('')) {
    throw new SyntaxError(`${JSON.stringify(argument)}: write field=value or field.inner=value`);
  }
  const text = argument.slice(at + 1);
  if (text.trim() === '') {
    throw new SyntaxError(`${field}=: no value; ${field}=null removes the field, ${field}='""' makes it an empty text`);
  }
  const isParameter = names.length > 2 && names[0] === 'postgresql' && names[1] === 'parameters';
  const path = isParameter ? ['postgresql', 'parameters', names.slice(2).join('.')] : names;
  return { path, value: parseYaml(text, field) };
}

/** The object with the setting in it. An object that loses its last field goes too, as it does with `patronictl`. */
export function applySetting(target: Record<string, unknown>, { path, value }: Setting): Record<string, unknown> {
  const [field, ...rest] = path;
  if (field === undefined) return target;
  const result = { ...target };
  const inner = Object.hasOwn(result, field) ? result[field] : undefined;
  const next = rest.length === 0 ? value : applySetting(isObject(inner) ? inner : {}, { path: rest, value });
  if (next === null || (rest.length > 0 && Object.keys(next as object).length === 0)) delete result[field];
  else define(result, field, next);
  return result;
}
