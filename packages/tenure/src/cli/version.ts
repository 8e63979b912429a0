import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { probeServers, type ServerReport } from '../servers/probe.ts';
import { EXIT, Exit, usage } from './exit.ts';
import { configOf, type StoreOptions, withStore } from './store.ts';
import { print, printable, printJson, table } from './terminal.ts';

/** Milliseconds that a server may take for one answer. */
const PATIENCE = 3000;

/** The version of this command. */
export const { version: VERSION } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

interface VersionFlags extends StoreOptions {
  readonly format: 'pretty' | 'json';
}

export function versionCommand(): Command {
  return withStore(
    new Command('version').description('The version of this command, and what each server of the store says.'),
  )
    .addOption(new Option('--format <format>', '--json is --format json').choices(['pretty', 'json']).default('pretty'))
    .addHelpText(
      'after',
      `
Exits with 3 when no server answers, and with 1 when some do not.

Examples:
  $ tenure version --store etcd://10.0.0.1:2379,10.0.0.2:2379/api
  $ tenure version -c /etc/patroni/config.yml --format json`,
    )
    .action(async (flags: VersionFlags) => {
      const config = await configOf(flags);
      const servers = await usage(() => probeServers(config, PATIENCE));
      if (flags.json === true || flags.format === 'json')
        printJson({ tenure: VERSION, node: process.version, servers });
      else print(lines(servers).join('\n'));
      const silent = servers.filter(({ problem }) => problem !== undefined).length;
      if (silent > 0) throw new Exit(silent === servers.length ? EXIT.unreachable : EXIT.failed);
    });
}

function lines(servers: readonly ServerReport[]): string[] {
  const head = `tenure ${VERSION}, Node ${process.version}`;
  if (servers.length === 0) return [head, 'the endpoints are behind SRV records and are not asked one by one'];
  const rows = servers.map(({ endpoint, version = '', role = '', problem = '' }) =>
    [endpoint, version, role, problem].map(printable),
  );
  return [head, '', ...table(['SERVER', 'VERSION', 'ROLE', 'PROBLEM'], rows)];
}
