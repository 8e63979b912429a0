import type { ConfigDocument, Dcs } from '@tenure/core';
import { Command } from 'commander';
import { mergePatch } from '../document-text.ts';
import { parseYamlObject } from '../parse-yaml.ts';
import { applySetting, parseSetting, type Setting } from '../setting.ts';
import { openCluster } from './cluster.ts';
import { clusterArgument, ofCluster } from './cluster-argument.ts';
import { printDryRun, REPLACE, understood, writeEdit } from './config-write.ts';
import { edited } from './editor.ts';
import { EXIT, Exit } from './exit.ts';
import { input, orUsage } from './input.ts';
import { assertNumbersKept } from './stored-numbers.ts';
import { printJson, say, stopOnSignals } from './terminal.ts';
import { type WritingOptions, withWriting } from './writing.ts';

interface EditFlags extends WritingOptions {
  readonly set?: readonly string[];
  readonly pg?: readonly string[];
  readonly apply?: string;
  readonly replace?: string;
}

export function editConfigCommand(): Command {
  return withWriting(
    new Command('edit-config').description("Change the cluster's shared configuration, as YAML or field by field."),
  )
    .addArgument(clusterArgument())
    .option('-s, --set <field=value>', 'set one field, as in a.b=1; null removes it; may be repeated', collect)
    .option('-p, --pg <parameter=value>', 'the same for postgresql.parameters', collect)
    .option('--apply <file>', 'merge the YAML or JSON of a file into it, of stdin for -')
    .option('--replace <file>', 'replace it with that')
    .addHelpText(
      'after',
      `
Without one of these it opens in $VISUAL or $EDITOR; with --json as JSON. The change is shown, and written when you agree
and nobody came between; a concurrent change of other fields is merged, one of the same fields is refused. What you wrote
in the editor or on stdin is kept in a file when it is not stored.

Examples:
  $ tenure edit-config --scope batman -s ttl=20 -p max_connections=200
  $ tenure edit-config --scope batman --yes --apply - < changes.yaml
  $ EDITOR=nano tenure edit-config --scope batman`,
    )
    .action(
      ofCluster(async (flags: EditFlags) => {
        const signal = stopOnSignals();
        const changing = await changeOf(flags);
        await using dcs = await openCluster(flags, signal);
        await edit(dcs, flags, changing, signal);
      }),
    );
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

type Change = (config: ConfigDocument) => ConfigDocument;

/** What the options ask for, in the order of `patronictl`: replace, apply, set. `undefined`: the editor. */
async function changeOf(flags: EditFlags): Promise<Change | undefined> {
  const { set = [], pg = [], apply, replace } = flags;
  if (apply === '-' && replace === '-')
    throw new Exit(EXIT.usage, '--apply and --replace: stdin can be only one of them');
  const settings: Setting[] = [...set, ...pg.map((pair) => `postgresql.parameters.${pair.trimStart()}`)].map((pair) =>
    orUsage(() => parseSetting(pair)),
  );
  const whole = replace === undefined ? undefined : await readObject(replace);
  const part = apply === undefined ? undefined : await readObject(apply);
  if (whole === undefined && part === undefined && settings.length === 0) return undefined;
  return (config) => {
    // A replacement has no nulls, just as what a patch makes of nothing.
    const base = mergePatch(whole === undefined ? config : {}, whole ?? {});
    return settings.reduce(applySetting, mergePatch(base, part ?? {}) as Record<string, unknown>);
  };
}

async function readObject(file: string): Promise<Record<string, unknown>> {
  const text = await input(file === '-' ? undefined : file);
  return orUsage(() => parseYamlObject(text, file === '-' ? 'stdin' : file));
}

async function edit(dcs: Dcs, flags: EditFlags, change: Change | undefined, signal: AbortSignal): Promise<void> {
  const replaces = flags.replace !== undefined;
  const read = await dcs.config.read({ signal });
  const before = replaces ? read : await understood(dcs, read, REPLACE);
  const current = before.value ?? {};
  const json = flags.json === true;
  // The editor would show it rounded.
  if (change === undefined) await assertNumbersKept(dcs, before, current);
  const value = change === undefined ? await edited(current, json ? 'json' : 'yaml') : change(current);
  if (value === undefined) {
    say('nothing was changed');
    if (json && flags.dryRun === true) printDryRun(before, current);
    else if (json) printJson({ version: before.version, changed: false });
    return;
  }
  const edit = {
    before,
    value,
    question: `Change the config of ${dcs.scope}?`,
    mergeable: !replaces,
    // A file is still where it was, and the shell remembers its words.
    byHand: change === undefined || [flags.apply, flags.replace].includes('-'),
  };
  const done = await writeEdit(dcs, edit, flags, signal);
  if (done === undefined) return;
  if (json) printJson(done);
  else say(`version ${done.version}`);
}
