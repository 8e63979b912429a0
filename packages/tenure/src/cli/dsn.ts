import { addressOf, type ClusterView, type MemberView } from '@tenure/core';
import { Command, Option } from 'commander';
import { withGroups } from '../clusters.ts';
import { groupOption } from './arguments.ts';
import { clusterArgument, ofCluster } from './cluster-argument.ts';
import { EXIT, Exit } from './exit.ts';
import { dataText, type Format, formatOf, formatOption } from './format.ts';
import { recordLines } from './records.ts';
import { configOf, openExisting, type StoreOptions, withStore } from './store.ts';
import { print, printable, stopOnSignals } from './terminal.ts';

const ROLES = ['leader', 'primary', 'standby_leader', 'replica', 'standby', 'any'] as const;

interface DsnFlags extends StoreOptions {
  readonly role?: (typeof ROLES)[number];
  readonly member?: string;
  readonly format: Format;
}

export function dsnCommand(): Command {
  return withStore(
    new Command('dsn').description('Where to connect to: host and port of a member, as libpq takes them.'),
  )
    .addArgument(clusterArgument())
    .addOption(new Option('-r, --role <role>', 'of a member in this role (default: leader)').choices(ROLES))
    .addOption(new Option('-m, --member <name>', 'of this member').conflicts('role'))
    .addOption(groupOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Of several that would do a running one is taken; of a Citus cluster, without --group, one of the first group that has any, the
coordinator before its workers. Exits with 1 when there is none.

Examples:
  $ psql "$(tenure dsn -c /etc/patroni/config.yml) dbname=app"
  $ tenure dsn --store etcd://10.0.0.1:2379/api --role replica`,
    )
    .action(
      ofCluster(async (flags: DsnFlags) => {
        const signal = stopOnSignals();
        await using dcs = await openExisting(await configOf(flags));
        const view = await dcs.view({ signal });
        const found = addressed(withGroups(view).flatMap((cluster) => candidates(cluster, flags)));
        if (found === undefined) {
          const wanted = flags.member === undefined ? `role ${flags.role ?? 'leader'}` : `name ${flags.member}`;
          throw new Exit(EXIT.failed, `no member of ${wanted} says where to connect to`);
        }
        print(lines(found, formatOf(flags)).join('\n'));
      }),
    );
}

function lines(address: Address, format: Format): string[] {
  if (format === 'pretty') return [printable(`host=${address.host} port=${address.port}`)];
  if (format === 'tsv') return recordLines({ columns: ['name', 'host', 'port'], rows: [{ ...address }] }, format);
  return [dataText(address, format)];
}

/** Who would do, as `patronictl dsn` chooses (patroni/ctl.py, `get_all_members`); who runs comes first. */
function candidates(view: ClusterView, { role = 'leader', member }: DsnFlags): MemberView[] {
  const { leader, members } = view;
  if (member !== undefined) return members.filter(({ name }) => name === member);
  if (role === 'leader' || role === 'primary' || role === 'standby_leader') {
    const lead = leader?.member;
    if (lead === undefined) return [];
    const isStandby = lead.data.role === 'standby_leader';
    return role === 'leader' || isStandby === (role === 'standby_leader') ? [lead] : [];
  }
  const others = role === 'any' ? members : members.filter(({ name }) => name !== leader?.name);
  const runs = ({ data }: MemberView) => data.state === 'running' || data.state === 'streaming';
  return [...others.filter(runs), ...others.filter((other) => !runs(other))];
}

interface Address {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** The first whose `conn_url` can be read. */
function addressed(members: readonly MemberView[]): Address | undefined {
  for (const { name, data } of members) {
    const address = addressOf(data);
    if (address !== undefined) return { name, ...address };
  }
  return undefined;
}
