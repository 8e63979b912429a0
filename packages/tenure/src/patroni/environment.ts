import { YamlFile } from '../yaml-file.ts';
import { OTHER_STORES, STORES } from './sections.ts';

const PREFIX = 'PATRONI_';
const ROOT = ['name', 'namespace', 'scope'];
/** Options whose variable holds a list, and a mapping, in YAML; brackets and braces may be left out. */
const LISTS = ['hosts', 'checks', 'service_tags'];
const MAPPINGS = ['set_acls', 'auth_data'];
const INTEGERS = ['port', 'group'];

/** What the environment configures, and which variable said what. */
export interface Environment {
  readonly value: Record<string, unknown>;
  /** By field, as in `etcd3.hosts`. */
  readonly variables: ReadonlyMap<string, string>;
}

/** A variable of Patroni's, and the field that it is for, as in `etcd3.hosts`. */
export interface Variable {
  readonly variable: string;
  readonly field: string;
  readonly text: string;
}

/** Those that say something of the scope, of this member or of a store; empty ones are not there. */
export function patroniVariables(env: NodeJS.ProcessEnv): Variable[] {
  const found: Variable[] = [];
  const add = (variable: string, field: string) => {
    const text = env[variable];
    if (text) found.push({ variable, field, text });
  };
  for (const field of ROOT) add(`${PREFIX}${field.toUpperCase()}`, field);
  for (const section of [...STORES, ...OTHER_STORES, 'citus']) {
    const prefix = `${PREFIX}${section.toUpperCase()}_`;
    for (const variable of Object.keys(env)) {
      if (variable.startsWith(prefix)) add(variable, `${section}.${variable.slice(prefix.length).toLowerCase()}`);
    }
  }
  return found;
}

/**
 * `PATRONI_SCOPE`, `PATRONI_NAME`, `PATRONI_NAMESPACE`, `PATRONI_<STORE>_<OPTION>` and `PATRONI_CITUS_GROUP`; empty ones are
 * not there (patroni/config.py, `_build_environment_configuration`).
 * @throws TypeError for a list or a mapping that is no YAML, naming the variable
 */
export function patroniEnvironment(env: NodeJS.ProcessEnv): Environment {
  const value: Record<string, Record<string, unknown> | string> = {};
  const variables = new Map<string, string>();
  for (const { variable, field, text } of patroniVariables(env)) {
    variables.set(field, variable);
    const [section = '', option] = field.split('.');
    if (option === undefined) {
      value[field] = text;
      continue;
    }
    const fields = value[section] ?? {};
    if (typeof fields === 'string') continue;
    fields[option] = typed(option, text, variable);
    value[section] = fields;
  }
  return { value, variables };
}

function typed(option: string, text: string, variable: string): unknown {
  // What is no number stays text, so that the schema can show it.
  if (INTEGERS.includes(option)) return /^\s*\d+\s*$/.test(text) ? Number(text) : text;
  const bare = text.trim();
  if (LISTS.includes(option))
    return fromYaml(bare.startsWith('-') || bare.includes('[') ? text : `[${text}]`, variable);
  if (MAPPINGS.includes(option)) return fromYaml(bare.startsWith('{') ? text : `{${text}}`, variable);
  return text;
}

function fromYaml(text: string, variable: string): unknown {
  try {
    return new YamlFile(variable, text, 'pyyaml').value;
  } catch {
    // Of a variable's text there is no line to tell.
    throw new TypeError(`${variable}: is not YAML`);
  }
}
