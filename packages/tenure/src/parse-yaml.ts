import { encodeJson } from '@tenure/core';
import { type DocumentOptions, type ParseOptions, parseDocument, type SchemaOptions } from 'yaml';
import { assertObject } from './document-text.ts';
import { pyyamlTags } from './pyyaml.ts';
import { yamlProblem } from './yaml-problem.ts';

/**
 * YAML as Patroni reads it, which is PyYAML's 1.1: `on`, `off`, `yes` and `no` are booleans, and `y` and `n` are not. A day is
 * text, because JSON has no other way to say it.
 */
const OPTIONS: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  customTags: (tags) =>
    pyyamlTags(tags).filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp'),
};

/** The object that a text in YAML, or in JSON, holds; an empty text is `{}`. @throws SyntaxError as `parseYaml` */
export function parseYamlObject(text: string, source: string): Record<string, unknown> {
  return assertObject(parseYaml(text, source) ?? {}, source);
}

/** @throws SyntaxError naming `source`, with line and column, or with what it holds that JSON cannot hold */
export function parseYaml(text: string, source: string): unknown {
  const document = parseDocument(text, OPTIONS);
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, column, what } = yamlProblem(error);
    throw new SyntaxError(`${source}, line ${line}, column ${column}: ${what}`);
  }
  try {
    const value: unknown = document.toJS();
    encodeJson(value);
    return value;
  } catch (why) {
    throw new SyntaxError(`${source}: ${(why as Error).message}`);
  }
}
