import type { ClusterView, Dcs } from '@tenure/core';
import { Command } from 'commander';
import { openNamedCluster } from './cluster.ts';
import { clusterArgument, ofCluster } from './cluster-argument.ts';
import { deleteKeys, keysOf, type Remains, remainsOf } from './deletion.ts';
import { EXIT, Exit } from './exit.ts';
import { memberLines } from './member-table.ts';
import { Questions } from './questions.ts';
import { print, printable, printJson, say, stopOnSignals } from './terminal.ts';
import { isAnswered, noAnswer, type WritingOptions, withWriting } from './writing.ts';

interface RemoveFlags extends WritingOptions {
  readonly leader?: string;
}

const AWARE = 'Yes I am aware';

export function removeCommand(): Command {
  return withWriting(new Command('remove').description('Remove all that the store keeps of a cluster, but its epoch.'))
    .addArgument(clusterArgument())
    .option('--leader <name>', 'the leader that is known to lead: --yes wants it where one does')
    .addHelpText(
      'after',
      `
Asks for the name of the cluster, for "${AWARE}", and for the leader's name where one leads. The epoch stays, so that no token
is ever given twice; a member that still runs writes its key again.

Examples:
  $ tenure remove --scope batman
  $ tenure remove --scope batman --yes --leader node1`,
    )
    .action(
      ofCluster(async (flags: RemoveFlags) => {
        const signal = stopOnSignals();
        await using dcs = await openNamedCluster(flags, signal);
        await remove(dcs, flags, signal);
      }),
    );
}

async function remove(dcs: Dcs, flags: RemoveFlags, signal: AbortSignal): Promise<void> {
  const { scope, group } = dcs;
  const view = await dcs.view({ signal });
  const { epoch } = view;
  const keys = await keysOf(dcs, signal);
  const json = flags.json === true;
  const name = group === undefined ? scope : `${scope}, group ${group}`;
  if (keys.length === 0) throw new Exit(EXIT.failed, `${name}: there is nothing to remove`);
  const paths = keys.map((key) => printable(key.slice(dcs.layout.prefix.length)));
  if (!json) {
    print(memberLines(view, 'pretty', { extended: false, tree: false }).join('\n'));
    print(
      `${keys.length} ${keys.length === 1 ? 'key' : 'keys'} under ${printable(dcs.layout.prefix)}: ${paths.join(', ')}`,
    );
    print(epochText(view));
  }
  if (flags.dryRun === true) {
    say('dry run: nothing was removed');
    if (json) printJson({ dryRun: true, keys });
    return;
  }
  const leader = view.isUnlocked ? undefined : view.leader?.name;
  if (isAnswered(flags)) assertLeader(flags.leader, leader);
  else await askAll(scope, leader, signal);
  await deleteKeys(dcs, keys, view.leader?.version ?? null, signal);
  const remains = await remainsOf(dcs, signal);
  if (json) {
    const { again = null, problem } = remains;
    printJson({ removed: keys, again, problem, epoch: epoch.version === null ? null : epoch.value });
  } else say(`removed ${name}; ${epochText(view)}`);
  for (const line of remainsLines(remains)) say(line);
}

function remainsLines({ again = [], problem }: Remains): string[] {
  if (problem !== undefined) return [`whether anything was written since is not known; ${problem}`];
  return again.length === 0 ? [] : [`written again since: ${again.map(printable).join(', ')}; its members still run`];
}

function epochText({ epoch }: ClusterView): string {
  if (epoch.version === null) return 'there is no epoch to keep';
  if (epoch.problem !== undefined) return `what stands in the epoch stays: ${epoch.problem}`;
  return `the epoch stays, ${epoch.value}: no token up to it is ever given again`;
}

function assertLeader(named: string | undefined, leader: string | undefined): void {
  if (named === leader) return;
  if (leader === undefined)
    throw new Exit(EXIT.failed, `--leader: ${printable(named ?? '')} does not lead; nobody does`);
  throw new Exit(EXIT.failed, `${printable(leader)} leads: with --yes say so with --leader, or stop it first`);
}

/** The questions of `patronictl remove` (patroni/ctl.py). @throws Exit 1 at the first answer that is not exactly right */
async function askAll(scope: string, leader: string | undefined, signal: AbortSignal): Promise<void> {
  using questions = new Questions(signal);
  const ask = async (question: string, wanted: string) => {
    const answer = await questions.ask(question);
    if (answer === undefined) throw noAnswer();
    if (answer !== wanted) throw new Exit(EXIT.failed, 'that is not what was asked for; nothing was removed');
  };
  await ask('The name of the cluster to remove:', scope);
  await ask(`All that is known of ${scope} will be gone. Type "${AWARE}":`, AWARE);
  if (leader !== undefined) await ask('Somebody leads it. The name of the leader:', leader);
}
