import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Dcs } from '@tenure/core';
import { type Command, Option } from 'commander';
import type { ResolvedConfig } from '../config.ts';
import { type Defaults, loadConfig, type Overrides } from '../load.ts';
import { openResolved } from '../open.ts';
import { isUrl, withoutScheme } from '../url.ts';
import { EXIT, Exit, usage } from './exit.ts';
import { say } from './terminal.ts';

export interface StoreOptions {
  readonly store?: string;
  readonly config?: string;
  readonly scope?: string;
  readonly namespace?: string;
  /** Of the commands that take one. */
  readonly group?: number;
  readonly name?: string;
  readonly json?: boolean;
}

export const DEFAULT_SCOPE = 'default';

/** The options that every command has. */
export function withStore(command: Command): Command {
  return command
    .addOption(
      new Option('--store <url>', 'etcd://h1:2379,h2:2379/scope, consul://…, zookeeper://…, embedded:///path.db').env(
        'TENURE_STORE',
      ),
    )
    .option('-c, --config <path>', 'YAML or JSON file that names the store, a patroni.yml, or a folder of them')
    .option('--scope <scope>', `the cluster (default: of the store URL or file, else "${DEFAULT_SCOPE}")`)
    .option('--namespace <namespace>', 'first part of every key (default: "service")')
    .option('--name <name>', 'this member (default: hostname-pid)')
    .option('--json', 'print JSON, one line each');
}

/** The configuration that the options name. @throws Exit 2 */
export async function configOf(
  options: StoreOptions,
  overrides: Overrides = {},
  { scope: defaultScope = DEFAULT_SCOPE, namespace: defaultNamespace }: Defaults = {},
): Promise<ResolvedConfig> {
  const { scope, namespace, group, name } = options;
  const defaults = { scope: defaultScope, namespace: defaultNamespace, name: `${hostname()}-${process.pid}` };
  return await usage(() => loadConfig(storeOf(options), { scope, namespace, group, name, ...overrides }, defaults));
}

/** The same for who looks at a whole scope: the group of a configuration file, which is that of the machine it lies on, does not count. */
export async function wholeScopeOf(options: StoreOptions): Promise<ResolvedConfig> {
  const { group: _, ...config } = await configOf(options);
  return options.group === undefined ? config : { ...config, group: options.group };
}

/**
 * A Dcs on the store that the options name, whose file is made where it is missing, and its folder when it is the default
 * one. In a dry run nothing is made: a file that is missing is taken for an empty store.
 * @throws Exit for a store that no other process could see
 */
export async function openStore(config: ResolvedConfig, dryRun = false): Promise<Dcs> {
  const { embedded } = config;
  if (embedded !== undefined && embedded.path === undefined) {
    const example = 'embedded:///var/lib/tenure/api.db';
    throw new Exit(EXIT.usage, `embedded: without a file no other process sees this store; name one, as in ${example}`);
  }
  const path = embedded?.path;
  if (path !== undefined) {
    const folder = dirname(path);
    const isDefault = path === defaultPath();
    if (!isDefault && !existsSync(folder)) throw new Exit(EXIT.usage, `${path}: there is no folder ${folder}`);
    if (dryRun && !existsSync(path)) return await usage(() => openResolved({ ...config, embedded: {} }));
    if (isDefault) await makeFolder(folder);
  }
  return await usage(() => openResolved(config));
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new Exit(EXIT.failed, `${folder}: cannot be made (${error.code}); name a store with --store`);
  });
}

/** The same for a command that only looks: a mistyped path is not turned into an empty store. @throws Exit 1 */
export async function openExisting(config: ResolvedConfig): Promise<Dcs> {
  const path = config.embedded?.path;
  if (path !== undefined && !existsSync(path)) throw new Exit(EXIT.failed, `${path}: there is no such store`);
  return await openStore(config);
}

function storeOf({ store, config }: StoreOptions): string {
  if (config !== undefined) {
    if (store !== undefined && store !== process.env.TENURE_STORE) {
      throw new TypeError('--store and --config: give only one of them');
    }
    return config;
  }
  if (store !== undefined) {
    if (isUrl(store)) return store;
    if (store.includes(':')) throw new TypeError(withoutScheme('--store', store));
    throw new TypeError(`--store: ${JSON.stringify(store)} is no URL; a file is named with --config`);
  }
  say(`no --store given: using the embedded file ${defaultPath()}`);
  return `embedded://${encodeURI(defaultPath())}`;
}

function defaultPath(): string {
  const state = process.env.XDG_STATE_HOME;
  return join(state?.startsWith('/') ? state : join(homedir(), '.local', 'state'), 'tenure', 'tenure.db');
}
