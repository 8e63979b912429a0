import type { Dcs } from '@tenure/core';
import { Command } from 'commander';
import { type Examination, examine } from '../doctor/examine.ts';
import type { Grade } from '../doctor/finding.ts';
import { groupOption } from './arguments.ts';
import { clusterArgument, ofCluster } from './cluster-argument.ts';
import { EXIT, Exit, usage } from './exit.ts';
import { dataText, type Format, formatOf, formatOption } from './format.ts';
import { recordLines } from './records.ts';
import { configOf, openExisting, type StoreOptions, withStore } from './store.ts';
import { paint, print, printable, stopOnSignals, table } from './terminal.ts';

interface DoctorFlags extends StoreOptions {
  readonly format: Format;
}

const COLOURS = { note: 'yellow', wrong: 'red' } as const;

export function doctorCommand(): Command {
  return withStore(
    new Command('doctor').description(
      'Whether the store, its servers, its permissions, the timing and the keys are as they should be.',
    ),
  )
    .addArgument(clusterArgument())
    .addOption(formatOption())
    .addOption(groupOption())
    .addHelpText(
      'after',
      `
Nothing is written: what is sent to learn of permissions is bound to be refused. Without a group all groups of a scope are looked
at. Exits with 1 when something is wrong, also when the store refuses the password, and with 3 when it could not be reached.

Examples:
  $ tenure doctor -c /etc/patroni/config.yml
  $ tenure doctor --store etcd://10.0.0.1:2379/api --format json | jq '.findings[] | select(.grade == "wrong")'`,
    )
    .action(
      ofCluster(async (flags: DoctorFlags) => {
        const signal = stopOnSignals();
        const config = await configOf(flags);
        await using dcs = await openExisting(config);
        const found = await usage(() => examine(dcs, config, signal));
        print(lines(dcs, found, formatOf(flags)).join('\n'));
        if (!found.reachable) throw new Exit(EXIT.unreachable);
        if (count(found, 'wrong') > 0) throw new Exit(EXIT.failed);
      }),
    );
}

function lines(dcs: Dcs, found: Examination, format: Format): string[] {
  if (format === 'pretty') return prettyLines(found);
  const { findings, plan = null } = found;
  if (format === 'tsv') {
    const rows = findings.map((finding) => ({ ...finding }));
    return recordLines({ columns: ['topic', 'subject', 'grade', 'message'], rows }, format);
  }
  const { scope, namespace, group, store } = dcs;
  return [dataText({ store: store.name, namespace, scope, group, findings, plan }, format)];
}

function prettyLines(found: Examination): string[] {
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
