import { Option } from 'commander';
import { yamlText } from './yaml-text.ts';

const FORMATS = ['pretty', 'tsv', 'json', 'yaml'] as const;

/** `pretty` is for people, the others are for machines. */
export type Format = (typeof FORMATS)[number];

export function formatOption(): Option {
  return new Option('--format <format>', 'how to print it; --json is --format json').choices(FORMATS).default('pretty');
}

export function formatOf({ format, json }: { readonly format: Format; readonly json?: boolean }): Format {
  return json === true ? 'json' : format;
}

/** Data for a machine that reads all of it. */
export function dataText(value: unknown, format: 'json' | 'yaml'): string {
  return format === 'json' ? JSON.stringify(value) : yamlText(value);
}
