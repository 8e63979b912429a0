import { type Config, checkConfig, checkFields, type ResolvedConfig } from './config.ts';
import { type Locate, readConfigFiles } from './file.ts';
import { locator, ofEnvironment, ofFiles, type PatroniConfig } from './patroni/read.ts';
import { fromPatroni } from './patroni/translate.ts';
import { isUrl, parseStoreUrl } from './url.ts';

/** Fields that win over those of the configuration; `undefined` leaves them alone. */
export interface Overrides {
  readonly scope?: string | undefined;
  readonly namespace?: string | undefined;
  readonly group?: number | undefined;
  readonly name?: string | undefined;
  readonly ttl?: number | undefined;
  readonly stop_budget?: number | undefined;
}

export interface Defaults {
  readonly scope?: string;
  readonly namespace?: string | undefined;
  readonly name?: string;
}

/** The configuration that Patroni finds in its environment, instead of a URL. */
const PATRONI_ENVIRONMENT = 'patroni:';

/**
 * An object; the path of a YAML or JSON file, of a `patroni.yml` or of a folder of Patroni's; or a URL: checked.
 * @throws TypeError that lists each wrong field
 */
export async function loadConfig(
  input: Config | string,
  overrides: Overrides = {},
  defaults: Defaults = {},
): Promise<ResolvedConfig> {
  checkFields(overrides, 'command line');
  const ofPatroni = (config: PatroniConfig, source: string) =>
    checkConfig(merge(defaults, fromPatroni(config, source), overrides), source, beside(overrides, config.locate));
  if (typeof input !== 'string') return ofFields(input, 'config', overrides, defaults);
  if (input === PATRONI_ENVIRONMENT) return ofPatroni(ofEnvironment(process.env), "Patroni's environment");
  if (isUrl(input)) return checkConfig(merge(defaults, parseStoreUrl(input), overrides), 'store');
  const { files, patroni, unused } = await readConfigFiles(input, process.env);
  const source = `config file ${input}`;
  if (patroni) return ofPatroni(ofFiles(files, process.env), source);
  if (unused.length > 0) {
    const why = "for the file is Tenure's own; a section that only Patroni has, such as ctl: {}, makes it Patroni's";
    process.emitWarning(`${source}: ${unused.join(', ')}: not used, ${why}`, 'TenureWarning');
  }
  return ofFields(files[0]?.value, source, overrides, defaults, locator(files));
}

function ofFields(
  raw: unknown,
  source: string,
  overrides: Overrides,
  defaults: Defaults,
  locate?: Locate,
): ResolvedConfig {
  if (raw === null) throw new TypeError(`${source}: it is empty`);
  if (typeof raw !== 'object' || Array.isArray(raw)) return checkConfig(raw, source);
  const { store, ...fields } = raw as Record<string, unknown>;
  const found = locate && beside(overrides, locate);
  if (store === undefined) return checkConfig(merge(defaults, fields, overrides), source, found);
  if (typeof store !== 'string' || !isUrl(store)) {
    throw new TypeError(`${source}: store: must be a URL such as etcd://host:2379`);
  }
  return checkConfig(merge(defaults, parseStoreUrl(store), fields, overrides), source, found);
}

/** What is overridden stands nowhere in a file. */
function beside(overrides: Overrides, locate: Locate): Locate {
  const fields = new Map(Object.entries(overrides));
  return (field) => (fields.get(field) === undefined ? locate(field) : undefined);
}

function merge(...parts: readonly object[]): Record<string, unknown> {
  const present = parts.flatMap((part) => Object.entries(part).filter(([, value]) => value !== undefined));
  return Object.fromEntries(present);
}
