import { existsSync, readFileSync } from 'node:fs';
import { type ClusterView, DcsError, roleOf } from '@tenure/core';
import { Command } from 'commander';
import { withGroups } from '../clusters.ts';
import type { ResolvedConfig } from '../config.ts';
import { probeServers, type ServerReport } from '../servers/probe.ts';
import { groupOption } from './arguments.ts';
import { clusterArgument, ofCluster } from './cluster-argument.ts';
import { EXIT, Exit, usage } from './exit.ts';
import { dataText, type Format, formatOf, formatOption } from './format.ts';
import { type Row, recordLines } from './records.ts';
import { openStore, type StoreOptions, wholeScopeOf, withStore } from './store.ts';
import { print, printable, say, stopOnSignals, table } from './terminal.ts';

/** Milliseconds that a server may take for one answer. */
const PATIENCE = 3000;

/** The version of this command. */
export const { version: VERSION } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

interface VersionFlags extends StoreOptions {
  readonly format: Format;
}

export function versionCommand(): Command {
  return withStore(
    new Command('version').description(
      'The versions of this command, of each server of the store, and of each member.',
    ),
  )
    .addArgument(clusterArgument())
    .addOption(formatOption())
    .addOption(groupOption())
    .addHelpText(
      'after',
      `
A member's is what its key says: a Patroni's own. Exits with 3 when no server answers, and with 1 when some do not, or when the
members cannot be read.

Examples:
  $ tenure version --store etcd://10.0.0.1:2379,10.0.0.2:2379/api
  $ tenure version -c /etc/patroni/config.yml --format json`,
    )
    .action(
      ofCluster(async (flags: VersionFlags) => {
        const signal = stopOnSignals();
        const config = await wholeScopeOf(flags);
        const servers = await usage(() => probeServers(config, PATIENCE));
        const silent = servers.filter(({ problem }) => problem !== undefined).length;
        const isAway = silent > 0 && silent === servers.length;
        const members = isAway ? [] : await membersOf(config, signal);
        print(lines(servers, members ?? [], formatOf(flags)).join('\n'));
        if (isAway) throw new Exit(EXIT.unreachable);
        if (silent > 0 || members === undefined) throw new Exit(EXIT.failed);
      }),
    );
}

interface MemberVersion {
  readonly name: string;
  readonly group?: number;
  readonly role: string;
  /** `null` when its key says none. */
  readonly version: string | null;
}

/** `undefined` when they could not be read, which is told. */
async function membersOf(config: ResolvedConfig, signal: AbortSignal): Promise<MemberVersion[] | undefined> {
  const { embedded } = config;
  // No store is made to find nobody in it.
  if (embedded !== undefined && (embedded.path === undefined || !existsSync(embedded.path))) return [];
  await using dcs = await openStore(config);
  try {
    const view = await dcs.view({ signal });
    return withGroups(view).flatMap(versionsOf);
  } catch (error) {
    if (!DcsError.is(error)) throw error;
    say(`the members are not known: ${error.message}`);
    return undefined;
  }
}

function versionsOf(view: ClusterView): MemberVersion[] {
  return view.members.map(({ name, data: { version } }) => ({
    name,
    ...(view.group === undefined ? {} : { group: view.group }),
    role: roleOf(view, name),
    version: typeof version === 'string' ? version : null,
  }));
}

function lines(servers: readonly ServerReport[], members: readonly MemberVersion[], format: Format): string[] {
  if (format === 'pretty') return prettyLines(servers, members);
  if (format !== 'tsv') return [dataText({ tenure: VERSION, node: process.version, servers, members }, format)];
  const rows: Row[] = [
    { kind: 'command', name: 'tenure', version: VERSION },
    { kind: 'command', name: 'node', version: process.version },
    ...servers.map(({ endpoint, ...server }) => ({ ...server, kind: 'server', name: endpoint })),
    ...members.map((member) => ({ ...member, kind: 'member' })),
  ];
  return recordLines({ columns: ['kind', 'group', 'name', 'version', 'role', 'problem'], rows }, format);
}

function prettyLines(servers: readonly ServerReport[], members: readonly MemberVersion[]): string[] {
  return [
    `tenure ${VERSION}, Node ${process.version}`,
    ...(servers.length === 0
      ? ['the endpoints are behind SRV records and are not asked one by one']
      : ['', ...serverTable(servers)]),
    ...(members.length === 0 ? [] : ['', ...memberTable(members)]),
  ];
}

function serverTable(servers: readonly ServerReport[]): string[] {
  const rows = servers.map(({ endpoint, version = '', role = '', problem = '' }) =>
    [endpoint, version, role, problem].map(printable),
  );
  return table(['SERVER', 'VERSION', 'ROLE', 'PROBLEM'], rows);
}

function memberTable(members: readonly MemberVersion[]): string[] {
  const hasGroups = members.some(({ group }) => group !== undefined);
  const rows = members.map(({ name, group = '', role, version }) =>
    [...(hasGroups ? [String(group)] : []), name, version ?? '', role].map(printable),
  );
  return table([...(hasGroups ? ['GROUP'] : []), 'MEMBER', 'VERSION', 'ROLE'], rows);
}
