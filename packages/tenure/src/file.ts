import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPatroni } from './patroni/sections.ts';
import { readText, YamlFile } from './yaml-file.ts';

/** Where a field stands, as a message begins with it: `line 3, column 7`. The field's segments are joined by dots. */
export type Locate = (field: string) => string | undefined;

/** What one file, or a folder of them, holds. */
export interface ConfigFiles {
  readonly files: readonly YamlFile[];
  /** Whether they are Patroni's, which reads them in a way of its own. */
  readonly patroni: boolean;
}

/**
 * A YAML or JSON file; or a folder, whose `*.yml` and `*.yaml` files are read in the order of their names, as Patroni does
 * (patroni/config.py, `_load_config_path`). A folder is Patroni's, and a file with a section that only Patroni has.
 * @throws TypeError naming the file, and the line and column of what is wrong with it
 */
export async function readConfigFiles(path: string): Promise<ConfigFiles> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return { files: await readFolder(path), patroni: true };
  const text = await readText(path);
  const asPatroni = readIfPatroni(path, text);
  if (asPatroni !== undefined) return { files: [asPatroni], patroni: true };
  return { files: [new YamlFile(path, text, 'yaml-1.2')], patroni: false };
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
function readIfPatroni(path: string, text: string): YamlFile | undefined {
  try {
    const file = new YamlFile(path, text, 'pyyaml');
    return isPatroni(file.value) ? file : undefined;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
