import type { ConfigDocument, Dcs, Version, Versioned } from '@tenure/core';
import { Command } from 'commander';
import { assignmentPatch, mergePatch, parseJsonObject } from '../document-text.ts';
import { changes, offer, stateOf } from './config-conflict.ts';
import { printDryRun, storeConfig, understood } from './config-write.ts';
import { EXIT, Exit } from './exit.ts';
import { input, orUsage } from './input.ts';
import { configOf, openExisting, openStore, type StoreOptions, withStore } from './store.ts';
import { assertNumbersKept } from './stored-numbers.ts';
import { print, printJson, say, stopOnSignals } from './terminal.ts';

interface WriteFlags extends StoreOptions {
  readonly file?: string;
  readonly version?: string;
  readonly dryRun?: boolean;
}

const IF_VERSION = [
  '--version <version>',
  'refuse unless this is the current version; "none": unless there is none',
] as const;
const DRY_RUN = ['--dry-run', 'look, check and tell what would be written, and write nothing'] as const;

export function configCommand(): Command {
  const config = new Command('config').description(
    "The cluster's shared configuration for programs: JSON, versions, no questions.",
  );
  config.addHelpText(
    'after',
    `
Examples:
  $ tenure config get --scope api
  $ tenure config patch --scope api ttl=30`,
  );
  const get = withStore(new Command('get').description('Print the configuration as JSON; its version goes to stderr.'));
  get.addHelpText(
    'after',
    '\nWith --json: {"version":…,"value":…} in one line.\n\nExample:\n  $ tenure config get --scope api > api.json',
  );
  get.action(async (flags: StoreOptions) => {
    const signal = stopOnSignals();
    await using dcs = await openExisting(await configOf(flags));
    await getConfig(dcs, flags, signal);
  });

  const set = withStore(new Command('set').description('Replace the configuration.'))
    .argument('[json]', 'the new configuration; without it, --file or stdin is read')
    .option('--file <file>', 'read it from a file')
    .option(...IF_VERSION)
    .option(...DRY_RUN)
    .addHelpText(
      'after',
      `\nExamples:\n  $ tenure config set --scope api '{"ttl":30}'\n  $ tenure config set --scope api --version 17 < api.json`,
    );
  set.action(
    async (json: string | undefined, flags: WriteFlags) => await writing(flags, (dcs) => setConfig(dcs, json, flags)),
  );

  const patch = withStore(new Command('patch').description('Change some fields (RFC 7396: null removes a field).'))
    .argument('<changes...>', 'field=value, field.inner=value, or a JSON object')
    .option(...IF_VERSION)
    .option(...DRY_RUN)
    .addHelpText(
      'after',
      `\nExamples:\n  $ tenure config patch --scope api ttl=30 'tags.zone="b"' old=null\n  $ tenure config patch --scope api '{"pause":true}'`,
    );
  patch.action(
    async (args: string[], flags: WriteFlags) => await writing(flags, (dcs) => patchConfig(dcs, args, flags)),
  );

  for (const sub of [get, set, patch]) config.addCommand(sub);
  return config;
}

async function writing(flags: WriteFlags, work: (dcs: Dcs) => Promise<void>): Promise<void> {
  stopOnSignals();
  await using dcs = await openStore(await configOf(flags), flags.dryRun);
  await work(dcs);
}

async function getConfig(dcs: Dcs, flags: StoreOptions, signal: AbortSignal): Promise<void> {
  const read = await dcs.config.read({ signal });
  if (flags.json === true) printJson({ version: read.version, value: read.value ?? null, problem: read.problem });
  else {
    say(read.version === null ? 'there is no config yet' : `version ${read.version}`);
    if (read.value !== undefined) print(JSON.stringify(read.value, null, 2));
  }
  if (read.problem !== undefined && read.value === undefined) throw new Exit(EXIT.failed, read.problem);
}

async function setConfig(dcs: Dcs, json: string | undefined, flags: WriteFlags): Promise<void> {
  if (json !== undefined && flags.file !== undefined) {
    throw new Exit(EXIT.usage, 'give the configuration as an argument or with --file, not both');
  }
  const version = versionOf(flags);
  const source = json !== undefined ? 'argument' : (flags.file ?? 'stdin');
  const value = parse(json ?? (await input(flags.file)), source);
  const before = await dcs.config.read();
  await store(dcs, before, value, version === undefined ? before.version : version, flags);
}

async function patchConfig(dcs: Dcs, args: readonly string[], flags: WriteFlags): Promise<void> {
  const version = versionOf(flags);
  const patches = args.map((argument) => {
    if (argument.trimStart().startsWith('{')) return parse(argument, 'argument');
    return orUsage(() => assignmentPatch(argument));
  });
  const before = await understood(dcs, await dcs.config.read(), 'replace it with: tenure config set');
  const value = patches.reduce<unknown>(mergePatch, before.value ?? {}) as ConfigDocument;
  await store(dcs, before, value, version === undefined ? before.version : version, flags);
}

async function store(
  dcs: Dcs,
  before: Versioned<ConfigDocument>,
  value: ConfigDocument,
  version: Version | null,
  flags: WriteFlags,
): Promise<void> {
  const json = flags.json === true;
  await assertNumbersKept(dcs, before, value);
  if (flags.dryRun === true) {
    if (json) printDryRun(before, value);
    else printChanges(before, value, ['now', 'then']);
    if (version !== before.version) throw new Exit(EXIT.failed, `it would be refused: ${stateOf(before)}`);
    say('dry run: nothing was written');
    return;
  }
  const stored = await storeConfig(dcs, value, version, 'json', true);
  if (stored === undefined) throw await offer(dcs, before, value, { json, format: 'json', byHand: true });
  if (json) printJson({ version: stored });
  else {
    say(`version ${stored}`);
    printChanges(before, value, ['before', 'now']);
  }
}

function printChanges(before: Versioned<ConfigDocument>, value: ConfigDocument, titles: readonly [string, string]) {
  const diff = changes(before.value, value, titles, 'json');
  if (diff !== '') print(diff);
}

function parse(json: string, source: string): ConfigDocument {
  return orUsage(() => parseJsonObject(json, source));
}

/** The version that the flag names; `undefined` without it. All stores count in numbers, ZooKeeper in two. */
function versionOf({ version }: WriteFlags): Version | null | undefined {
  if (version === undefined) return undefined;
  if (version === 'none') return null;
  if (/^\d+(:\d+)?$/.test(version)) return version as Version;
  const wanted = 'it must be what config get tells, or "none"';
  throw new Exit(EXIT.usage, `--version: ${JSON.stringify(version)} is no version; ${wanted}`);
}
