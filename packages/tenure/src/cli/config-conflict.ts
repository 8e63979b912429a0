import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigDocument, Dcs, Versioned } from '@tenure/core';
import { type ConfigFormat, configDiff, configText } from '../config-diff.ts';
import { EXIT, Exit } from './exit.ts';
import { paint, print, printJson } from './terminal.ts';

/** The unified diff of two configurations in the colours of a terminal; empty when they are equal. */
export function changes(
  from: ConfigDocument | undefined,
  to: ConfigDocument | undefined,
  titles: readonly [string, string],
  format: ConfigFormat,
): string {
  return configDiff(from, to, titles, format).split('\n').map(coloured).join('\n');
}

/** Keeps a configuration that could not be stored, readable by its owner only. Resolves to the path. */
export async function keep(scope: string, value: ConfigDocument, format: ConfigFormat): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'tenure-')), `${scope}-config.${format}`);
  await writeFile(path, configText(value, format), { mode: 0o600 });
  return path;
}

/** After a refusal: shows what is there now beside what was to be written, and keeps that if it was written by hand. */
export async function offer(
  dcs: Dcs,
  before: Versioned<ConfigDocument>,
  mine: ConfigDocument,
  { json, format, byHand }: { readonly json: boolean; readonly format: ConfigFormat; readonly byHand: boolean },
): Promise<Exit> {
  const kept = byHand ? await keep(dcs.scope, mine, format) : undefined;
  const now = await dcs.config.read();
  if (json) printJson({ refused: true, version: now.version, value: now.value ?? null, yours: mine, kept });
  else show(before, now, mine, format);
  const where = kept === undefined ? '' : `. Yours is kept in ${kept}`;
  return new Exit(EXIT.failed, `refused: the config was changed by someone else; ${stateOf(now)}${where}`);
}

export function stateOf({ version }: Versioned<ConfigDocument>): string {
  return version === null ? 'there is no config' : `the version is ${version}`;
}

function show(
  before: Versioned<ConfigDocument>,
  now: Versioned<ConfigDocument>,
  mine: ConfigDocument,
  format: ConfigFormat,
): void {
  const theirs =
    before.version === now.version
      ? ''
      : changes(before.value, now.value, ['what you started from', 'what is there now'], format);
  if (theirs !== '') print(`Changed by someone else:\n${theirs}\n`);
  print(
    `Yours:\n${changes(now.value, mine, ['what is there now', 'yours'], format) || 'the same as what is there now'}`,
  );
}

function coloured(line: string): string {
  if (line.startsWith('+')) return paint('green', line);
  return line.startsWith('-') ? paint('red', line) : line;
}
