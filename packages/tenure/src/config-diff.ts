import type { ConfigDocument } from '@tenure/core';
import { createTwoFilesPatch } from 'diff';
import { yamlText } from './cli/yaml-text.ts';

/** How a configuration is written for people. */
export type ConfigFormat = 'json' | 'yaml';

export function configText(value: ConfigDocument, format: ConfigFormat): string {
  return format === 'yaml' ? `${yamlText(value)}\n` : `${JSON.stringify(value, null, 2)}\n`;
}

/** A unified diff of two configurations; empty when they are equal. */
export function configDiff(
  from: ConfigDocument | undefined,
  to: ConfigDocument | undefined,
  [a, b]: readonly [string, string],
  format: ConfigFormat,
): string {
  const [before, after] = [from, to].map((value) => (value === undefined ? '' : configText(value, format)));
  if (before === undefined || after === undefined || before === after) return '';
  const lines = createTwoFilesPatch(a, b, before, after, '', '', { context: 3 }).trimEnd().split('\n');
  return lines.filter((line) => !line.startsWith('===')).join('\n');
}
