import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';

/** What a YAML or JSON file holds. @throws TypeError naming the file, and the line and column of what is wrong with it */
export async function readConfigFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new TypeError(
      `config file ${path}: ${code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`}`,
    );
  }
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const [start] = error.linePos ?? [];
    const where = start === undefined ? '' : `, line ${start.line}, column ${start.col}`;
    // The pretty message quotes the source, which may hold a password: keep its first line only.
    const [what = ''] = error.message.split('\n');
    throw new TypeError(`config file ${path}${where}: ${what.replace(/ at line \d+, column \d+:?$/, '')}`);
  }
  return document.toJS();
}
