import type { ConfigDocument, Dcs, Versioned } from '@tenure/core';
import { inexactText, isExact, NO_JSON, type NumberText, numberTexts } from '../number-text.ts';
import { EXIT, Exit } from './exit.ts';
import { printable } from './terminal.ts';

/**
 * To be called before `value` is written over `before`, under its version. A number that is stored with more digits than a
 * double has was rounded when it was read. @throws Exit 1 naming such a number when `value` still holds what it was rounded to
 */
export async function assertNumbersKept(
  dcs: Dcs,
  before: Versioned<ConfigDocument>,
  value: ConfigDocument,
): Promise<void> {
  const inexact = [...numberTexts(await storedText(dcs, before))].filter(({ text }) => !isExact(text));
  if (inexact.length === 0) return;
  const [had, has] = [tally(before.value), tally(value)];
  const rounded = tally(inexact.map(({ text }) => Number(text)));
  // It may have moved to another field, and others may hold that very number: so they are counted.
  const lost = inexact.find(({ text }) => {
    const number = Number(text);
    const others = Math.max(0, count(had, number) - count(rounded, number));
    return count(has, number) > others;
  });
  if (lost === undefined) return;
  const instead = 'change or remove it, or make it a text';
  throw new Exit(EXIT.failed, `${inexactText(fieldOf(lost), lost.text)}; nothing was written: ${instead}`);
}

/** What of a config that is no JSON only Python's `json` reads; empty for any other mistake. */
export async function pythonOnly(dcs: Dcs, before: Versioned<ConfigDocument>): Promise<string> {
  for (const found of numberTexts(await storedText(dcs, before))) {
    if (NO_JSON.has(found.text))
      return `${fieldOf(found)} is ${found.text}, which Python writes and JSON does not have`;
  }
  return '';
}

/** The stored text of this version; empty when another one is there by now: a write under the version will be refused. */
async function storedText(dcs: Dcs, { version }: Versioned<ConfigDocument>): Promise<string> {
  const key = dcs.layout.key('config');
  const entry = (await dcs.store.read(key, { timeout: dcs.timing.retryTimeout })).entries.get(key);
  return entry === undefined || entry.malformed || entry.version !== version ? '' : entry.value;
}

function fieldOf({ path }: NumberText): string {
  return printable(path.join('.'));
}

/** How often each number is in a value. */
function tally(value: unknown): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'number') counts.set(next, count(counts, next) + 1);
    else if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) open.push(inner);
  }
  return counts;
}

function count(counts: ReadonlyMap<number, number>, number: number): number {
  return counts.get(number) ?? 0;
}
