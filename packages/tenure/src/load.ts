import { type Config, checkConfig, type ResolvedConfig } from './config.ts';
import { readConfigFile } from './file.ts';
import { isUrl, parseStoreUrl } from './url.ts';

/** Fields that win over those of the configuration; `undefined` leaves them alone. */
export interface Overrides {
  readonly scope?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly ttl?: number | undefined;
  readonly stop_budget?: number | undefined;
}

export interface Defaults {
  readonly scope?: string;
  readonly name?: string;
}

/** An object, the path of a YAML or JSON file, or a URL, checked. @throws TypeError that lists each wrong field */
export async function loadConfig(
  input: Config | string,
  overrides: Overrides = {},
  defaults: Defaults = {},
): Promise<ResolvedConfig> {
  if (typeof input === 'string' && isUrl(input)) {
    return checkConfig(merge(defaults, parseStoreUrl(input), overrides), 'store');
  }
  const source = typeof input === 'string' ? `config file ${input}` : 'config';
  const raw: unknown = typeof input === 'string' ? await readConfigFile(input) : input;
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return checkConfig(raw, source);
  const { store, ...fields } = raw as Record<string, unknown>;
  if (store === undefined) return checkConfig(merge(defaults, fields, overrides), source);
  if (typeof store !== 'string' || !isUrl(store)) {
    throw new TypeError(`${source}: store: must be a URL such as etcd://host:2379`);
  }
  return checkConfig(merge(defaults, parseStoreUrl(store), fields, overrides), source);
}

function merge(...parts: readonly object[]): Record<string, unknown> {
  const present = parts.flatMap((part) => Object.entries(part).filter(([, value]) => value !== undefined));
  return Object.fromEntries(present);
}
