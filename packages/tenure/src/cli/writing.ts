import type { Command } from 'commander';
import { groupOption } from './arguments.ts';
import { EXIT, Exit } from './exit.ts';
import type { Questions } from './questions.ts';
import { type StoreOptions, withStore } from './store.ts';
import { say } from './terminal.ts';

/** What every command has that an operator changes a cluster with. */
export interface WritingOptions extends StoreOptions {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export function withWriting(command: Command): Command {
  return withStore(command)
    .addOption(groupOption())
    .option('-y, --yes', 'ask nothing')
    .option('--force', 'the same, in the word of patronictl')
    .option('--dry-run', 'look, check and tell what would be written, and write nothing');
}

/**
 * Whether to write what was told: `question` is asked unless the options answer it. Never in a dry run.
 * @throws Exit 1 for any answer but yes
 */
export async function mayWrite(question: string, flags: WritingOptions, questions: Questions): Promise<boolean> {
  if (flags.dryRun === true) {
    say('dry run: nothing was written');
    return false;
  }
  if (isAnswered(flags)) return true;
  const answer = await questions.ask(`${question} [y/N]`);
  if (answer === undefined) throw noAnswer();
  if (!/^y(es)?$/i.test(answer)) throw new Exit(EXIT.failed, 'nothing was written');
  return true;
}

export function isAnswered({ yes, force }: WritingOptions): boolean {
  return yes === true || force === true;
}

export function noAnswer(): Exit {
  return new Exit(EXIT.failed, 'nothing was written: stdin ended without an answer; --yes asks nothing');
}
