import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { pyyamlTags } from './pyyaml.ts';
import { utf8Text } from './utf8.ts';
import { yamlProblem } from './yaml-problem.ts';

/** Where something stands in a file; lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** How many segments of the path that was looked for were found. */
  readonly depth: number;
}

/** How a text is read: as YAML 1.2 with each key once, or as PyYAML reads it, which takes the last of equal keys. */
export type Dialect = 'yaml-1.2' | 'pyyaml';

/** One YAML or JSON file, which knows where each of its fields stands. */
export class YamlFile {
  readonly path: string;
  readonly value: unknown;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  /** @throws TypeError naming the file, and the line and column of what is wrong with it */
  constructor(path: string, text: string, dialect: Dialect) {
    this.path = path;
    const pyyaml = dialect === 'pyyaml';
    this.#document = parseDocument(text, {
      version: pyyaml ? '1.1' : '1.2',
      uniqueKeys: !pyyaml,
      ...(pyyaml ? { customTags: pyyamlTags } : {}),
      prettyErrors: true,
      lineCounter: this.#lines,
    });
    const [error] = this.#document.errors;
    if (error !== undefined) {
      const { line, column, what } = yamlProblem(error);
      throw new TypeError(`config file ${path}, line ${line}, column ${column}: ${what}`);
    }
    this.value = this.#document.toJS();
  }

  get name(): string {
    return basename(this.path);
  }

  /** Where the field stands, or the deepest of what should hold it; `undefined` when not even the first segment is there. */
  position(path: readonly string[]): Position | undefined {
    let node: unknown = this.#document.contents;
    let found: { readonly offset: number; readonly depth: number } | undefined;
    for (const [index, segment] of path.entries()) {
      const held = child(isAlias(node) ? node.resolve(this.#document) : node, segment);
      if (held === undefined) break;
      node = held.value;
      const [offset] = held.shown.range ?? [];
      if (offset !== undefined) found = { offset, depth: index + 1 };
    }
    if (found === undefined) return undefined;
    const { line, col } = this.#lines.linePos(found.offset);
    return { line, column: col, depth: found.depth };
  }
}

/** The text of a file. @throws TypeError naming it, and the line of what is not UTF-8 */
export async function readText(path: string): Promise<string> {
  try {
    return utf8Text(await readFile(path), `config file ${path}`);
  } catch (error) {
    if (error instanceof SyntaxError) throw new TypeError(error.message);
    const code = (error as NodeJS.ErrnoException).code;
    throw new TypeError(
      `config file ${path}: ${code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`}`,
    );
  }
}

/** What a node holds under a name, and what to show of it: a plain value itself, of anything larger its key. */
function child(node: unknown, segment: string): { readonly value: unknown; readonly shown: Node } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(segment)] as Node | undefined;
    return item === undefined ? undefined : { value: item, shown: item };
  }
  if (!isMap(node)) return undefined;
  const pair = (node.items as Pair<Node, Node | null>[]).findLast(
    ({ key }) => isScalar(key) && String(key.value) === segment,
  );
  if (pair === undefined) return undefined;
  const { key, value } = pair;
  return { value, shown: isScalar(value) && value.value !== null ? value : key };
}
