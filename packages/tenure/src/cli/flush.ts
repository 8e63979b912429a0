import { isFailoverRequested } from '@tenure/core';
import { Argument, Command } from 'commander';
import { openCluster } from './cluster.ts';
import { withCluster } from './cluster-argument.ts';
import { EXIT, Exit } from './exit.ts';
import { Questions } from './questions.ts';
import { requestText } from './request-text.ts';
import { print, printable, printJson, say, stopOnSignals } from './terminal.ts';
import { mayWrite, type WritingOptions, withWriting } from './writing.ts';

const WHAT = 'switchover';

export function flushCommand(): Command {
  return withWriting(new Command('flush').description('Take back a switchover or failover that was asked for.'))
    .usage('[options] [cluster] switchover')
    .addArgument(
      new Argument('<what...>', 'what is pending, and before or after it the cluster, the same as --scope')
        .choices([WHAT])
        .argParser(collect),
    )
    .addHelpText(
      'after',
      `
Scheduled or not, and also when it cannot be read. Nothing pending is no failure.

Examples:
  $ tenure flush switchover --scope batman
  $ tenure flush batman switchover`,
    )
    .action(async (words: readonly string[], flags: WritingOptions) => {
      await flush(withCluster(flags, clusterOf(words)));
    });
}

/** The word beside `switchover`. Of two that are the same one is the cluster's. @throws Exit 2 */
function clusterOf(words: readonly string[]): string | undefined {
  const [first, second, ...more] = words;
  if (first === WHAT && more.length === 0) return second;
  if (second === WHAT && more.length === 0) return first;
  throw new Exit(EXIT.usage, `${words.join(' ')}: it must be switchover, or a cluster and switchover`);
}

/** A parser of its own: the choice is for one word only. */
function collect(word: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), word];
}

async function flush(flags: WritingOptions): Promise<void> {
  const signal = stopOnSignals();
  await using dcs = await openCluster(flags, signal);
  const json = flags.json === true;
  const { value, version, problem } = await dcs.failover.read({ signal });
  if (problem === undefined && !isFailoverRequested(value)) {
    if (json) printJson({ flushed: null });
    else say('nothing is pending');
    return;
  }
  const pending = problem === undefined ? requestText(value ?? {}) : printable(problem);
  if (!json) print(`pending: ${pending}`);
  using questions = new Questions(signal);
  if (!(await mayWrite(`Take it back from ${dcs.scope}?`, flags, questions))) {
    if (json) printJson({ dryRun: true, pending: value ?? null, problem });
    return;
  }
  if (!(await dcs.failover.clear({ version, signal }))) {
    throw new Exit(EXIT.failed, 'refused: it was changed by someone else; nothing was written');
  }
  if (json) printJson({ flushed: value ?? null, problem });
  else say(`taken back: ${pending}`);
}
