import type { Dcs, Problem } from '@tenure/core';
import { Command } from 'commander';
import { count } from '../count.ts';
import { type Dump, parseDump } from '../transfer/dump.ts';
import { occupants, planRestoration, restore, type Step } from '../transfer/restore.ts';
import { soundness } from '../transfer/soundness.ts';
import { EXIT, Exit, usage } from './exit.ts';
import { input } from './input.ts';
import { Questions } from './questions.ts';
import { configOf, openStore, type StoreOptions, withStore } from './store.ts';
import { print, printable, printJson, say, stopOnSignals, table } from './terminal.ts';
import { mayWrite } from './writing.ts';

interface ImportFlags extends StoreOptions {
  readonly replace?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export function importCommand(): Command {
  return withStore(
    new Command('import').description('Write the permanent keys of an export to a scope, if it is empty.'),
  )
    .argument('[file]', 'what tenure export printed; stdin is read without it, and for -')
    .option(
      '--replace',
      'also to a scope that is not empty, while nobody leads it: what is not in the export is deleted',
    )
    .option('-y, --yes', 'ask nothing before something is replaced, or written that cannot be read')
    .option('--dry-run', 'say what would be done, and do nothing')
    .addHelpText(
      'after',
      `
Leaders and members are left out: they come back with their processes. An epoch never goes back. The scope and namespace are
those of the export unless others are named. Every write is guarded by what was read, and by nobody leading.
Before it changes a scope that is not empty, or writes a value that cannot be read, it tells what it would do, and asks. A scope
of which only the epoch is left counts as empty.

Examples:
  $ tenure import api.json --store consul://10.0.0.1:8500 --dry-run
  $ tenure import api.json --store etcd://10.0.0.1:2379/api --replace`,
    )
    .action(async (file: string | undefined, flags: ImportFlags) => {
      const signal = stopOnSignals();
      const path = file === '-' ? undefined : file;
      const dump = await usage(async () => parseDump(await input(path), path ?? 'stdin'));
      const { scope, namespace } = dump;
      await using dcs = await openStore(await configOf(flags, {}, { scope, namespace }), flags.dryRun);
      await importTo(dcs, dump, flags, signal);
    });
}

async function importTo(dcs: Dcs, dump: Dump, flags: ImportFlags, signal: AbortSignal): Promise<void> {
  const { store, layout, timing } = dcs;
  const options = { signal, timeout: timing.retryTimeout };
  const target = await store.read(layout.scopePrefix, options);
  const where = `${layout.scopePrefix.slice(0, -1)} on ${store.name}`;
  const there = occupants(target, layout).length;
  if (there > 0 && flags.replace !== true) {
    throw new Exit(EXIT.failed, `${where} is not empty: it has ${count(there, 'key')}; --replace replaces them`);
  }
  const plan = planRestoration(dump, target, layout);
  const led = [...target.entries.keys()].filter((path) => {
    const parsed = layout.parse(path);
    return parsed?.type === 'key' && parsed.name === 'leader';
  });
  if (led.length > 0)
    throw new Exit(EXIT.failed, `${where}: somebody leads (${led.join(', ')}); stop all members first`);
  const { harmful, odd } = soundness(plan, layout, target, store.clock);
  if (harmful.length > 0) {
    throw new Exit(
      EXIT.failed,
      [...problemLines(harmful), 'a cluster would stop at that; nothing was written'].join('\n'),
    );
  }
  tellSteps(plan.steps, flags.json === true, flags.dryRun === true);
  for (const line of problemLines(odd)) say(`warning: ${line}`);
  if (flags.dryRun === true) return;
  const replaces = there > 0 && plan.writes.length > 0;
  if (replaces || odd.length > 0) {
    using questions = new Questions(signal);
    await mayWrite(replaces ? `Replace what is in ${where}?` : `Write such values to ${where}?`, flags, questions);
  }
  const done = await limited(() => restore(store, plan, options));
  if (done < plan.writes.length) {
    throw new Exit(
      EXIT.failed,
      `refused: somebody else wrote to ${where}; ${done} of ${plan.writes.length} writes were done`,
    );
  }
  say(`${count(done, 'write')} ${done === 1 ? 'was' : 'were'} done`);
}

function problemLines(problems: readonly Problem[]): string[] {
  return problems.map(({ key, message }) => `${key}: ${message}`);
}

/** What will be done, or what would be. */
export function tellSteps(steps: readonly Step[], json: boolean, dryRun: boolean): void {
  if (json) printJson({ dryRun, steps });
  else
    print(
      table(
        ['ACTION', 'KEY', ''],
        steps.map(({ action, key, why = '' }) => [action, printable(key), why]),
      ).join('\n'),
    );
  if (dryRun) say('dry run: nothing was written');
}

/** More than the store takes is a failure, not a wrong word of the user's. */
export async function limited<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RangeError ? new Exit(EXIT.failed, error.message) : error;
  }
}
