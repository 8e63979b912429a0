import { stringify } from 'yaml';

/** YAML as Patroni prints it: PyYAML's `safe_dump` with keys in order, in its block or its flow style. */
export function yamlText(value: unknown, style: 'block' | 'flow' = 'block'): string {
  return stringify(value, {
    sortMapEntries: true,
    indentSeq: false,
    singleQuote: true,
    lineWidth: 200,
    flowCollectionPadding: false,
    aliasDuplicateObjects: false,
    version: '1.1',
    collectionStyle: style === 'flow' ? 'flow' : 'any',
  }).trimEnd();
}
