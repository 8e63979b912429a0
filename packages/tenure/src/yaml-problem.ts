import type { YAMLParseError } from 'yaml';

/** Where a text is no YAML, counted from 1, and why. The pretty message quotes the source, which may hold a password: only its first line is kept. */
export function yamlProblem({ code, linePos, message }: YAMLParseError): {
  readonly line: number;
  readonly column: number;
  readonly what: string;
} {
  const [start] = linePos ?? [];
  const [first = ''] = message.split('\n');
  const what =
    code === 'MULTIPLE_DOCS'
      ? 'a second document begins; there must be one'
      : first.replace(/ at line \d+, column \d+:?$/, '');
  return { line: start?.line ?? 1, column: start?.col ?? 1, what };
}
