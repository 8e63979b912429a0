import { hostname } from 'node:os';
import { Command } from 'commander';
import type { ResolvedConfig } from '../config.ts';
import { count } from '../count.ts';
import { type Defaults, loadConfig, type Overrides } from '../load.ts';
import { migrate, planMigration } from '../transfer/migrate.ts';
import { usage } from './exit.ts';
import { limited, tellSteps } from './import.ts';
import { DEFAULT_SCOPE, openExisting, openStore } from './store.ts';
import { say, stopOnSignals } from './terminal.ts';

interface MigrateFlags {
  readonly from: string;
  readonly to: string;
  readonly scope?: string;
  readonly namespace?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Copy a stopped or paused scope from one store to another, and compare both to the byte.')
    .requiredOption('--from <store>', 'a store URL, or a configuration file or folder')
    .requiredOption('--to <store>', 'the same; its scope must be empty, but for an epoch')
    .option('--scope <scope>', 'the cluster to copy (default: of --from)')
    .option('--namespace <namespace>', 'its namespace (default: of --from)')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Refuses while somebody leads or could, unless the cluster is paused. The copy has the scope and namespace of --from unless
--to names others. Leaders and members are left out; the epoch is kept, so that no token is given out twice. --from is not changed.

Example:
  $ tenure pause -c /etc/patroni/config.yml && tenure migrate --from /etc/patroni/config.yml --to etcd://10.0.0.1:2379`,
    )
    .action(async (flags: MigrateFlags) => {
      const signal = stopOnSignals();
      const name = `${hostname()}-${process.pid}`;
      const { scope, namespace } = flags;
      const source = await load(flags.from, { scope, namespace }, { scope: DEFAULT_SCOPE, name });
      const there = { scope: source.scope, namespace: source.namespace, name };
      await using from = await openExisting(source);
      await using to = await openStore(await load(flags.to, {}, there), flags.dryRun);
      const plan = await planMigration(from, to, signal);
      tellSteps(plan.steps, flags.json === true, flags.dryRun === true);
      if (flags.dryRun === true) return;
      await limited(() => migrate(from, to, plan, signal));
      const written = plan.writes.length;
      say(`${count(written, 'key')} ${written === 1 ? 'was' : 'were'} copied, read again and found the same`);
    });
}

async function load(input: string, overrides: Overrides, defaults: Defaults): Promise<ResolvedConfig> {
  return await usage(() => loadConfig(input, overrides, defaults));
}
