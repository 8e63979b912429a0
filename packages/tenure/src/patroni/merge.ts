import { isObject } from '../document-text.ts';

/**
 * One configuration over another, as Patroni lays the files of a folder and the environment over each other
 * (patroni/utils.py, `patch_config`): mappings are merged, `null` removes a field, everything else replaces.
 */
export function laidOver(below: Record<string, unknown>, above: Record<string, unknown>): Record<string, unknown> {
  const result = { ...below };
  for (const [field, value] of Object.entries(above)) {
    const held = result[field];
    if (value === null) delete result[field];
    else result[field] = isObject(value) && isObject(held) ? laidOver(held, value) : value;
  }
  return result;
}
