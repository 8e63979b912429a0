import { isDeepStrictEqual } from 'node:util';
import type { ConfigDocument, Dcs, Version, Versioned } from '@tenure/core';
import type { ConfigFormat } from '../config-diff.ts';
import { mergeChanges } from '../config-merge.ts';
import { newWarnings } from '../config-warnings.ts';
import { changes, keep, offer } from './config-conflict.ts';
import { EXIT, Exit } from './exit.ts';
import { Questions } from './questions.ts';
import { assertNumbersKept, pythonOnly } from './stored-numbers.ts';
import { print, printJson, say } from './terminal.ts';
import { isAnswered, mayWrite, type WritingOptions } from './writing.ts';

export interface ConfigEdit {
  readonly before: Versioned<ConfigDocument>;
  readonly value: ConfigDocument;
  readonly question: string;
  /** Whether it is a change of single fields, which a concurrent change of others leaves as it is. */
  readonly mergeable: boolean;
  /** Whether it was written by hand, so that it is kept when it is not stored. */
  readonly byHand?: boolean;
}

/** What became of an edit. */
export interface Edited {
  readonly version: Version | null;
  /** Whether something was written. */
  readonly changed: boolean;
}

export const COUNTS_AS_NONE = 'an empty config counts as none: the leader of a Patroni cluster writes its own over it';

/**
 * Shows the change, asks, and writes it under the version that was seen. A concurrent change is shown; one of other fields
 * is merged, shown and asked for again, or with `--yes` merged once. Resolves to
 * `undefined` in a dry run. @throws Exit 1 when refused
 */
export async function writeEdit(
  dcs: Dcs,
  { before, value, question, mergeable, byHand = false }: ConfigEdit,
  flags: WritingOptions,
  signal: AbortSignal,
): Promise<Edited | undefined> {
  const json = flags.json === true;
  const format: ConfigFormat = json ? 'json' : 'yaml';
  let [from, to] = [before, value];
  using questions = new Questions(signal);
  const agreed = async () => {
    try {
      return await mayWrite(question, flags, questions);
    } catch (error) {
      if (byHand) say(`yours is kept in ${await keep(dcs.scope, to, format)}`);
      throw error;
    }
  };
  for (let merged = false; ; merged = true) {
    if (from.version !== null && isDeepStrictEqual(from.value, to)) {
      say('nothing was changed');
      if (flags.dryRun !== true) return { version: from.version, changed: false };
      if (json) printDryRun(from, to);
      return undefined;
    }
    await assertNumbersKept(dcs, from, to);
    if (!json) print(changes(from.value, to, ['now', 'then'], format));
    for (const warning of newWarnings(from.value, to)) say(`warning: ${warning}`);
    if (Object.keys(to).length === 0) say(COUNTS_AS_NONE);
    if (!(await agreed())) {
      if (json) printDryRun(from, to);
      return undefined;
    }
    const version = await storeConfig(dcs, to, from.version, format, byHand);
    if (version !== undefined) return { version, changed: true };
    const next = mergeable && !(merged && isAnswered(flags)) ? await withTheirs(dcs, from, to, format) : undefined;
    if (next === undefined) throw await offer(dcs, from, to, { json, format, byHand });
    [from, to] = [next.now, next.value];
  }
}

/** What a dry run tells a program: what is there, and what would be. */
export function printDryRun({ version, value }: Versioned<ConfigDocument>, yours: ConfigDocument): void {
  printJson({ dryRun: true, version, value: value ?? null, yours });
}

/** Writes under guard; what cannot be stored is kept in a file if it was written by hand. Resolves to `undefined` when `version` was not current. */
export async function storeConfig(
  dcs: Dcs,
  value: ConfigDocument,
  version: Version | null,
  format: ConfigFormat,
  byHand: boolean,
): Promise<Version | undefined> {
  try {
    return await dcs.config.write(value, { version });
  } catch (error) {
    if (byHand) say(`yours is kept in ${await keep(dcs.scope, value, format)}`);
    // More than the store takes.
    throw error instanceof RangeError ? new Exit(EXIT.failed, error.message) : error;
  }
}

/** What a command says of a config that cannot be understood. */
export const REPLACE = 'replace it with: tenure edit-config --replace';

/** A config that cannot be understood is replaced only, by somebody who knows. @throws Exit 1 that ends with the `advice` */
export async function understood(
  dcs: Dcs,
  read: Versioned<ConfigDocument>,
  advice: string,
): Promise<Versioned<ConfigDocument>> {
  if (read.value !== undefined || read.version === null) return read;
  const why = await pythonOnly(dcs, read);
  throw new Exit(EXIT.failed, `${read.problem ?? 'the config cannot be read'}${why && `: ${why}`}; ${advice}`);
}

/** What is there now with the change in it; `undefined` when both changed the same field. */
async function withTheirs(
  dcs: Dcs,
  before: Versioned<ConfigDocument>,
  mine: ConfigDocument,
  format: ConfigFormat,
): Promise<{ readonly now: Versioned<ConfigDocument>; readonly value: ConfigDocument } | undefined> {
  const now = await dcs.config.read();
  if (now.value === undefined) return undefined;
  const { value, conflicts } = mergeChanges(before.value ?? {}, mine, now.value);
  if (conflicts.length > 0) {
    say(`changed by both: ${conflicts.join(', ')}`);
    return undefined;
  }
  say('the config was changed by someone else; your change is merged into it');
  if (format === 'yaml') {
    print(changes(before.value, now.value, ['what you started from', 'what is there now'], format));
  }
  return { now, value };
}
