import { knownKeys } from '../config.ts';
import { isObject } from '../document-text.ts';
import { patroniVariables, type Variable } from './environment.ts';
import { OPTIONS } from './options.ts';
import { hasSection } from './sections.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The sections of a store that both have. */
const SHARED_STORES = ['etcd', 'consul', 'zookeeper'] as const;
/** What both have beside them. */
const SHARED = ['scope', 'namespace', 'name', 'ttl', 'loop_wait', 'retry_timeout'];
/** The options that name a server. */
const SERVERS = ['hosts', 'host', 'url', 'srv'];

/**
 * Whether what a file holds is Patroni's. A section that only Patroni has decides first, then what only Tenure has, then an
 * option of a store that only Patroni has. What both could have written is Patroni's when it names no scope or no server, and
 * variables of Patroni's are set; so a file that is valid as Tenure's and names its scope stays Tenure's.
 */
export function isPatroni(file: Fields, env: NodeJS.ProcessEnv): boolean {
  if (hasSection(file)) return true;
  const owners = ownersOf(file);
  if (owners.has('Tenure')) return false;
  if (owners.has('Patroni')) return true;
  return !owners.has('nobody') && isFilledBy(file, patroniVariables(env));
}

/** For a file of Tenure's that both could have written: the variables of the store that it names. They do not count. */
export function unusedVariables(file: Fields, env: NodeJS.ProcessEnv): string[] {
  const [store] = storesIn(file);
  const owners = ownersOf(file);
  // An `etcd` of Patroni's is refused, whatever its variables say.
  if (store === undefined || store === 'etcd' || owners.size > 1) return [];
  const variables = patroniVariables(env).filter(({ field }) => sectionOf(field) === store);
  return variables.map(({ variable }) => variable);
}

/** The options of `etcd` that a file of Tenure's own has not. */
export function optionsOfV2(etcd: unknown): string[] {
  return isObject(etcd) ? Object.keys(etcd).filter((option) => ownerOf('etcd', option) === 'Patroni') : [];
}

function isFilledBy(file: Fields, variables: readonly Variable[]): boolean {
  const stores = new Set(variables.flatMap(({ field }) => sectionOf(field) ?? []));
  const [store, ...more] = storesIn(file);
  if (store === undefined) return stores.size > 0;
  if (more.length > 0 || store === 'etcd') return false;
  // Two stores would be one too many.
  if ([...stores].some((named) => named !== store)) return false;
  const section = file[store];
  const isWhole = file.scope && isObject(section) && SERVERS.some((option) => section[option]);
  return variables.length > 0 && !isWhole;
}

type Owner = 'both' | 'Tenure' | 'Patroni' | 'nobody';

function ownersOf(file: Fields): Set<Owner> {
  const fields = Object.entries(file).flatMap(([field, value]): Owner[] => {
    const store = SHARED_STORES.find((shared) => shared === field);
    if (store === undefined)
      return [SHARED.includes(field) ? 'both' : knownKeys([]).includes(field) ? 'Tenure' : 'nobody'];
    return ['both', ...(isObject(value) ? Object.keys(value).map((option) => ownerOf(store, option)) : [])];
  });
  return new Set(fields);
}

function ownerOf(store: (typeof SHARED_STORES)[number], option: string): Owner {
  const theirs = OPTIONS[store].includes(option);
  if (knownKeys([store]).includes(option)) return theirs ? 'both' : 'Tenure';
  return theirs ? 'Patroni' : 'nobody';
}

function storesIn(file: Fields): (typeof SHARED_STORES)[number][] {
  return SHARED_STORES.filter((store) => Object.hasOwn(file, store));
}

/** The section of a store that a field is in; `undefined` for one of no store. */
function sectionOf(field: string): string | undefined {
  const [section, option] = field.split('.');
  return option === undefined || section === 'citus' ? undefined : section;
}
