import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { ConfigDocument, Dcs, Version, Versioned } from '@tenure/core';
import { Command } from 'commander';
import { assignmentPatch, mergePatch, parseJsonObject } from '../document-text.ts';
import { changes, keep, offer } from './config-conflict.ts';
import { edited } from './editor.ts';
import { EXIT, Exit } from './exit.ts';
import { configOf, openExisting, openStore, type StoreOptions, withStore } from './store.ts';
import { print, printJson, say, stopOnSignals } from './terminal.ts';

interface WriteFlags extends StoreOptions {
  readonly file?: string;
  readonly version?: string;
}

const IF_VERSION = [
  '--version <version>',
  'refuse unless this is the current version; "none": unless there is none',
] as const;

export function configCommand(): Command {
  const config = new Command('config').description(
    "The cluster's shared configuration. A concurrent change is never overwritten.",
  );
  config.addHelpText(
    'after',
    `
Examples:
  $ tenure config get --scope api
  $ tenure config patch --scope api ttl=30
  $ tenure config edit --scope api`,
  );
  const get = withStore(new Command('get').description('Print the configuration as JSON; its version goes to stderr.'));
  get.addHelpText(
    'after',
    '\nWith --json: {"version":…,"value":…} in one line.\n\nExample:\n  $ tenure config get --scope api > api.json',
  );
  get.action(async (flags: StoreOptions) => await withDcs(flags, true, getConfig));

  const set = withStore(new Command('set').description('Replace the configuration.'))
    .argument('[json]', 'the new configuration; without it, --file or stdin is read')
    .option('--file <file>', 'read it from a file')
    .option(...IF_VERSION)
    .addHelpText(
      'after',
      `\nExamples:\n  $ tenure config set --scope api '{"ttl":30}'\n  $ tenure config set --scope api --version 17 < api.json`,
    );
  set.action(
    async (json: string | undefined, flags: WriteFlags) =>
      await withDcs(flags, false, (dcs) => setConfig(dcs, json, flags)),
  );

  const patch = withStore(new Command('patch').description('Change some fields (RFC 7396: null removes a field).'))
    .argument('<changes...>', 'field=value, field.inner=value, or a JSON object')
    .option(...IF_VERSION)
    .addHelpText(
      'after',
      `\nExamples:\n  $ tenure config patch --scope api ttl=30 'tags.zone="b"' old=null\n  $ tenure config patch --scope api '{"pause":true}'`,
    );
  patch.action(
    async (args: string[], flags: WriteFlags) => await withDcs(flags, false, (dcs) => patchConfig(dcs, args, flags)),
  );

  const edit = withStore(
    new Command('edit').description('Open the configuration as YAML in $VISUAL or $EDITOR; with --json as JSON.'),
  );
  edit.addHelpText(
    'after',
    '\nWhat you wrote is kept in a file when it cannot be stored.\n\nExample:\n  $ EDITOR=nano tenure config edit --scope api',
  );
  edit.action(async (flags: StoreOptions) => await withDcs(flags, false, (dcs) => editConfig(dcs, flags)));

  for (const sub of [get, set, patch, edit]) config.addCommand(sub);
  return config;
}

async function withDcs(
  flags: StoreOptions,
  mustExist: boolean,
  work: (dcs: Dcs, flags: StoreOptions, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const signal = stopOnSignals();
  const config = await configOf(flags);
  await using dcs = await (mustExist ? openExisting(config) : openStore(config));
  await work(dcs, flags, signal);
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
  const before = understood(await dcs.config.read());
  const value = patches.reduce<unknown>(mergePatch, before.value ?? {}) as ConfigDocument;
  await store(dcs, before, value, version === undefined ? before.version : version, flags);
}

async function editConfig(dcs: Dcs, flags: StoreOptions): Promise<void> {
  const before = understood(await dcs.config.read());
  const value = await edited(before.value ?? {}, flags.json === true ? 'json' : 'yaml');
  if (value === undefined) say('nothing was changed');
  else await store(dcs, before, value, before.version, flags);
}

/** A config that cannot be understood is replaced with `set` only, by somebody who knows. */
function understood(read: Versioned<ConfigDocument>): Versioned<ConfigDocument> {
  if (read.value !== undefined || read.version === null) return read;
  throw new Exit(EXIT.failed, `${read.problem ?? 'the config cannot be read'}; replace it with: tenure config set`);
}

async function store(
  dcs: Dcs,
  before: Versioned<ConfigDocument>,
  value: ConfigDocument,
  version: Version | null,
  flags: StoreOptions,
): Promise<void> {
  let stored: Version | undefined;
  try {
    stored = await dcs.config.write(value, { version });
  } catch (error) {
    say(`yours is kept in ${await keep(dcs.scope, value)}`);
    // More than the store takes.
    throw error instanceof RangeError ? new Exit(EXIT.failed, error.message) : error;
  }
  if (stored === undefined) throw await offer(dcs, before, value, flags.json === true);
  if (flags.json === true) printJson({ version: stored });
  else {
    say(`version ${stored}`);
    const diff = changes(before.value, value, 'before', 'now');
    if (diff !== '') print(diff);
  }
}

async function input(file: string | undefined): Promise<string> {
  if (file === undefined) return await text(process.stdin);
  return await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Exit(EXIT.usage, `${file}: cannot be read (${error.code})`);
  });
}

function parse(json: string, source: string): ConfigDocument {
  return orUsage(() => parseJsonObject(json, source));
}

function orUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof SyntaxError ? new Exit(EXIT.usage, error.message) : error;
  }
}

/** The version that the flag names; `undefined` without it. All stores count in numbers, ZooKeeper in two. */
function versionOf({ version }: WriteFlags): Version | null | undefined {
  if (version === undefined) return undefined;
  if (version === 'none') return null;
  if (/^\d+(:\d+)?$/.test(version)) return version as Version;
  const wanted = 'it must be what config get tells, or "none"';
  throw new Exit(EXIT.usage, `--version: ${JSON.stringify(version)} is no version; ${wanted}`);
}
