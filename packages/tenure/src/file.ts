import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from './document-text.ts';
import { isPatroni, unusedVariables } from './patroni/recognition.ts';
import { readText, YamlFile } from './yaml-file.ts';

/** Where a field stands, as a message begins with it: `line 3, column 7`. The field's segments are joined by dots. */
export type Locate = (field: string) => string | undefined;

/** What one file, or a folder of them, holds. */
export interface ConfigFiles {
  readonly files: readonly YamlFile[];
  /** Whether they are Patroni's, which reads them in a way of its own. */
  readonly patroni: boolean;
  /** Variables of Patroni's that would count were they its files, and do not. */
  readonly unused: readonly string[];
}

/**
 * A YAML or JSON file; or a folder, whose `*.yml` and `*.yaml` files are read in the order of their names, as Patroni does
 * (patroni/config.py, `_load_config_path`). A folder is Patroni's; of a file its fields decide, and `env`.
 * @throws TypeError naming the file, and the line and column of what is wrong with it
 */
export async function readConfigFiles(path: string, env: NodeJS.ProcessEnv): Promise<ConfigFiles> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return { files: await readFolder(path), patroni: true, unused: [] };
  const text = await readText(path);
  const asPatroni = readAsPatroni(path, text);
  const fields = asPatroni?.value ?? {};
  if (asPatroni === undefined || !isObject(fields)) {
    return { files: [new YamlFile(path, text, 'yaml-1.2')], patroni: false, unused: [] };
  }
  if (isPatroni(fields, env)) return { files: [asPatroni], patroni: true, unused: [] };
  return { files: [new YamlFile(path, text, 'yaml-1.2')], patroni: false, unused: unusedVariables(fields, env) };
}

async function readFolder(path: string): Promise<YamlFile[]> {
  const entries = await readdir(path);
  // By code points, as Python sorts.
  const named = entries.filter((name) => /\.ya?ml$/.test(name)).sort((a, b) => (a < b ? -1 : 1));
  const files: YamlFile[] = [];
  for (const name of named) {
    const file = join(path, name);
    if ((await stat(file)).isFile()) files.push(new YamlFile(file, await readText(file), 'pyyaml'));
  }
  if (files.length === 0) throw new TypeError(`config folder ${path}: there is no *.yml or *.yaml file in it`);
  return files;
}

/** What cannot be read at all is nobody's yet: the stricter reading says what is wrong with it. */
function readAsPatroni(path: string, text: string): YamlFile | undefined {
  try {
    return new YamlFile(path, text, 'pyyaml');
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
