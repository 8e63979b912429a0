import { encodeJson } from '@tenure/core';
import {
  type Document,
  type DocumentOptions,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
  visit,
} from 'yaml';
import { assertObject } from './document-text.ts';
import { inexactText, isExact } from './number-text.ts';
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

/** The object that a text in YAML, or in JSON, holds. @throws SyntaxError as `parseYaml`; for a text that holds nothing */
export function parseYamlObject(text: string, source: string): Record<string, unknown> {
  const value = parseYaml(text, source);
  // Of a pipe that broke, or by somebody who would rather not, as likely as not.
  if (value === null) throw new SyntaxError(`${source} is empty; {} is an empty config`);
  return assertObject(value, source);
}

/** @throws SyntaxError naming `source`, with line and column, or with what it holds that JSON cannot hold */
export function parseYaml(text: string, source: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...OPTIONS, lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, column, what } = yamlProblem(error);
    throw new SyntaxError(`${source}, line ${line}, column ${column}: ${what}`);
  }
  const foreign = foreignNode(document);
  if (foreign !== undefined) {
    const { line, col } = lines.linePos(foreign.node.range?.[0] ?? 0);
    throw new SyntaxError(`${source}, line ${line}, column ${col}: ${foreign.what}`);
  }
  try {
    const value: unknown = document.toJS();
    encodeJson(value);
    return value;
  } catch (why) {
    throw new SyntaxError(`${source}: ${(why as Error).message}`);
  }
}

interface Foreign {
  readonly node: Node;
  readonly what: string;
}

/** The first node of which JSON would make something else. */
function foreignNode(document: Document.Parsed): Foreign | undefined {
  let found: Foreign | undefined;
  const stop = (node: Node, what: string) => {
    found = { node, what };
    return visit.BREAK;
  };
  visit(document, {
    Pair: (_, { key }) => {
      const name = isAlias(key) ? key.resolve(document) : key;
      return isCollection(name) ? stop(key as Node, `a ${isMap(name) ? 'map' : 'list'} cannot be a key`) : undefined;
    },
    Alias: (_, alias, path) => {
      const named = alias.resolve(document);
      return path.some((outer) => outer === named)
        ? stop(alias, `*${alias.source} is inside of what it names`)
        : undefined;
    },
    Scalar: (_, node, path) => {
      const text = typeof node.value === 'number' ? (node.source ?? '').replaceAll('_', '') : '';
      if (text === '' || isKept(text, node.value as number)) return undefined;
      return stop(node, inexactText(nameOf(path), text));
    },
  });
  return found;
}

/** Whole numbers are also written in other bases, and all that is no number is told elsewhere. */
function isKept(text: string, value: number): boolean {
  if (/^[-+]?(?:[1-9]\d*|0)?(?:\.\d*)?(?:e[-+]?\d+)?$/i.test(text)) return isExact(text);
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}

function nameOf(path: readonly unknown[]): string {
  const keys = path.flatMap((node) => (isPair(node) && isScalar(node.key) ? [String(node.key.value)] : []));
  return keys.length > 0 ? keys.join('.') : 'it';
}
