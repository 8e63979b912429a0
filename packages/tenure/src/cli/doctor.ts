import { Command, Option } from 'commander';
import { type Examination, examine } from '../doctor/examine.ts';
import type { Grade } from '../doctor/finding.ts';
import { EXIT, Exit, usage } from './exit.ts';
import { configOf, openExisting, type StoreOptions, withStore } from './store.ts';
import { paint, print, printable, printJson, stopOnSignals, table } from './terminal.ts';

interface DoctorFlags extends StoreOptions {
  readonly format: 'pretty' | 'json';
}

const COLOURS = { note: 'yellow', wrong: 'red' } as const;

export function doctorCommand(): Command {
  return withStore(
    new Command('doctor').description(
      'Whether the store, its servers, its permissions, the timing and the keys are as they should be.',
    ),
  )
    .addOption(new Option('--format <format>', '--json is --format json').choices(['pretty', 'json']).default('pretty'))
    .addHelpText(
      'after',
      `
Nothing is written: what is sent to learn of permissions is refused by its own guard. Exits with 1 when something is wrong,
with 3 when the store could not be reached.

Examples:
  $ tenure doctor -c /etc/patroni/config.yml
  $ tenure doctor --store etcd://10.0.0.1:2379/api --format json | jq '.findings[] | select(.grade == "wrong")'`,
    )
    .action(async (flags: DoctorFlags) => {
      const signal = stopOnSignals();
      const config = await configOf(flags);
      await using dcs = await openExisting(config);
      const found = await usage(() => examine(dcs, config, signal));
      const { scope, namespace, store } = dcs;
      if (flags.json === true || flags.format === 'json') {
        printJson({ store: store.name, namespace, scope, findings: found.findings, plan: found.plan ?? null });
      } else print(lines(found).join('\n'));
      if (!found.reachable) throw new Exit(EXIT.unreachable);
      if (count(found, 'wrong') > 0) throw new Exit(EXIT.failed);
    });
}

function lines(found: Examination): string[] {
  const rows = found.findings.map(({ topic, subject, grade, message }) => [
    topic,
    printable(subject),
    grade,
    printable(message),
  ]);
  const [head = '', ...body] = table(['TOPIC', 'SUBJECT', '', 'FINDING'], rows);
  const coloured = body.map((line, index) => {
    const grade = found.findings[index]?.grade ?? 'ok';
    return grade === 'ok' ? line : paint(COLOURS[grade], line);
  });
  return [head, ...coloured, '', `${count(found, 'wrong')} wrong, ${count(found, 'note')} to note`];
}

function count({ findings }: Examination, wanted: Grade): number {
  return findings.filter(({ grade }) => grade === wanted).length;
}
