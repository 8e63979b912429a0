import { isObject } from '../document-text.ts';
import type { Locate } from '../file.ts';
import { YamlFile } from '../yaml-file.ts';
import { type Environment, patroniEnvironment } from './environment.ts';
import { laidOver } from './merge.ts';

/** A configuration of Patroni's, as it says it, and where. */
export interface PatroniConfig {
  readonly value: Record<string, unknown>;
  readonly locate: Locate;
}

/** The files in their order, and the environment over them. @throws TypeError naming a file that is no mapping */
export function ofFiles(files: readonly YamlFile[], env: NodeJS.ProcessEnv): PatroniConfig {
  const environment = patroniEnvironment(env);
  const parts = files.map(({ path, value }) => {
    if (value !== null && !isObject(value)) throw new TypeError(`config file ${path}: it does not hold a mapping`);
    return value ?? {};
  });
  return {
    value: [...parts, environment.value].reduce(laidOver, {}),
    locate: locator(files, environment),
  };
}

/**
 * The environment alone: the YAML text in `PATRONI_CONFIGURATION` when there is one, or else the variables
 * (patroni/config.py, `Config.__init__`).
 */
export function ofEnvironment(env: NodeJS.ProcessEnv): PatroniConfig {
  const text = env.PATRONI_CONFIGURATION;
  if (text) return ofFiles([new YamlFile('PATRONI_CONFIGURATION', text, 'pyyaml')], {});
  return ofFiles([], env);
}

/** Of a field that several say, the last one counts; the environment is over all files. */
export function locator(files: readonly YamlFile[], environment?: Environment): Locate {
  return (field) => {
    const path = field.split('.');
    const variable = environment?.variables.get(path.slice(0, 2).join('.')) ?? environment?.variables.get(field);
    if (variable !== undefined) return variable;
    const found = files.flatMap((file) => {
      const position = file.position(path);
      return position === undefined ? [] : [{ file, ...position }];
    });
    const depth = Math.max(...found.map((place) => place.depth));
    const last = found.findLast((place) => place.depth === depth);
    if (last === undefined) return undefined;
    const where = `line ${last.line}, column ${last.column}`;
    return files.length === 1 ? where : `${last.file.name}, ${where}`;
  };
}
