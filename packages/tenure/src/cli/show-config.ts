import type { ClusterView, ConfigDocument } from '@tenure/core';
import { Command } from 'commander';
import { ofCluster } from './cluster-argument.ts';
import type { Format } from './format.ts';
import { coordinatorOf } from './history.ts';
import { type LookOptions, look, type Rendered, withLook } from './look.ts';
import { spare } from './parts.ts';
import { printable } from './terminal.ts';
import { yamlText } from './yaml-text.ts';

export function showConfigCommand(): Command {
  return withLook(new Command('show-config').description("The cluster's shared configuration, as YAML."))
    .addHelpText(
      'after',
      `
With --format tsv one line for each value: its path, a tab, the value as JSON. No config is null.
tenure config get tells the version too.

Examples:
  $ tenure show-config --store etcd://10.0.0.1:2379/batman
  $ tenure show-config --scope batman --format tsv | grep ^postgresql.parameters`,
    )
    .action(ofCluster(async (flags: LookOptions) => await look(flags, configOf)));
}

function configOf(view: ClusterView, format: Format): Rendered {
  const { value, problem } = coordinatorOf(view).config;
  const isUnreadable = value === undefined && problem !== undefined;
  return { parts: isUnreadable ? [] : [spare(...configLines(value ?? null, format))], problem };
}

/** Of no config it is `null`. */
function configLines(value: ConfigDocument | null, format: Format): string[] {
  if (format === 'json') return [JSON.stringify(value)];
  return format === 'tsv' ? pathLines(value, '') : [yamlText(value)];
}

function pathLines(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0) {
    return [`${printable(path)}\t${JSON.stringify(value)}`];
  }
  return Object.entries(value).flatMap(([key, inner]) => pathLines(inner, path === '' ? key : `${path}.${key}`));
}
