import type { YAMLParseError } from 'yaml';

/** Where a text is no YAML, counted from 1, and why. The pretty message quotes the source, which may hold a password: only its first line is kept. */
export function yamlProblem({ linePos, message }: YAMLParseError): {
  readonly line: number;
  readonly column: number;
  readonly what: string;
} {
  const [start] = linePos ?? [];
  const [what = ''] = message.split('\n');
  return { line: start?.line ?? 1, column: start?.col ?? 1, what: what.replace(/ at line \d+, column \d+:?$/, '') };
}
