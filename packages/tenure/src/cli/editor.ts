import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ConfigDocument } from '@tenure/core';
import { configText } from '../config-diff.ts';
import { parseJsonObject } from '../document-text.ts';
import { parseYamlObject } from '../parse-yaml.ts';
import { utf8Text } from '../utf8.ts';
import { EXIT, Exit } from './exit.ts';

/**
 * What the user's editor made of `value`; `undefined` when the text is as it was. The file is removed unless what it holds
 * cannot be understood. @throws Exit naming the file, the line and the column; when the text was left empty
 */
export async function edited(value: ConfigDocument, format: 'json' | 'yaml'): Promise<ConfigDocument | undefined> {
  const editor = chosenEditor();
  const path = join(await mkdtemp(join(tmpdir(), 'tenure-')), `config.${format}`);
  const text = configText(value, format);
  await writeFile(path, text, { mode: 0o600 });
  await openEditor(editor, path);
  const after = await readFile(path).catch(async ({ code }: NodeJS.ErrnoException) => {
    await rm(dirname(path), { recursive: true, force: true });
    throw new Exit(EXIT.failed, `${editor} left nothing that can be read in ${path} (${code}): nothing was stored`);
  });
  const isEmpty = after.toString().trim() === '';
  const result = isEmpty || after.equals(Buffer.from(text)) ? undefined : understand(after, path, format);
  await rm(dirname(path), { recursive: true });
  if (isEmpty) throw new Exit(EXIT.failed, 'the text was left empty: nothing was stored; {} is an empty config');
  return result;
}

/** The default one needs a terminal; one that the user named may do without. @throws Exit */
function chosenEditor(): string {
  const named = process.env.VISUAL || process.env.EDITOR;
  if (named) return named;
  if (process.stdin.isTTY && process.stdout.isTTY) return 'vi';
  const instead = 'set EDITOR, or use --set, --apply or --replace';
  throw new Exit(
    EXIT.usage,
    `no editor can be used: neither VISUAL nor EDITOR is set, and there is no terminal; ${instead}`,
  );
}

async function openEditor(editor: string, path: string): Promise<void> {
  // The variable may hold arguments, as in `code --wait`: a shell splits it, and the path needs no quoting.
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0)
    throw new Exit(
      EXIT.failed,
      `${editor} ended with ${code ?? 'a signal'}: nothing was stored; your text is in ${path}`,
    );
}

function understand(bytes: Buffer, path: string, format: 'json' | 'yaml'): ConfigDocument {
  try {
    const text = utf8Text(bytes, path);
    return format === 'json' ? parseJsonObject(text, path) : parseYamlObject(text, path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Exit(EXIT.failed, `${error.message}\nNothing was stored; your text is in ${path}`);
  }
}
