import { Command, CommanderError } from 'commander';
import { completionCommand } from './cli/completion.ts';
import { configCommand } from './cli/config.ts';
import { conformanceCommand } from './cli/conformance.ts';
import { demoCommand } from './cli/demo.ts';
import { doctorCommand } from './cli/doctor.ts';
import { dsnCommand } from './cli/dsn.ts';
import { editConfigCommand } from './cli/edit-config.ts';
import { EXIT, type Exit, toExit } from './cli/exit.ts';
import { exportCommand } from './cli/export.ts';
import { flushCommand } from './cli/flush.ts';
import { historyCommand } from './cli/history.ts';
import { importCommand } from './cli/import.ts';
import { listCommand } from './cli/list.ts';
import { migrateCommand } from './cli/migrate.ts';
import { pauseCommand, resumeCommand } from './cli/pause.ts';
import { removeCommand } from './cli/remove.ts';
import { runCommand } from './cli/run.ts';
import { showConfigCommand } from './cli/show-config.ts';
import { statusCommand } from './cli/status.ts';
import { failoverCommand, switchoverCommand } from './cli/switchover.ts';
import { outputExit, say } from './cli/terminal.ts';
import { topologyCommand } from './cli/topology.ts';
import { uiCommand } from './cli/ui.ts';
import { VERSION, versionCommand } from './cli/version.ts';
import { watchCommand } from './cli/watch.ts';

const program = new Command('tenure')
  .description('Leader leases for highly available daemons: one at a time, and provably stopped before the next.')
  .version(VERSION)
  .enablePositionalOptions()
  .exitOverride()
  .configureHelp({ showGlobalOptions: false })
  .addHelpText(
    'after',
    `
Exit codes: 0 ok, 1 refused or failed, 2 wrong usage or configuration, 3 store unreachable,
128 + n ended by signal n; run exits with its command's code.

Examples:
  $ tenure run --scope nightly -- ./backup.sh
  $ tenure run --store etcd://10.0.0.1:2379,10.0.0.2:2379/api --ttl 10 -- node server.js
  $ tenure status --scope nightly
  $ tenure demo`,
  );

for (const command of [
  runCommand(),
  statusCommand(),
  watchCommand(),
  listCommand(),
  topologyCommand(),
  historyCommand(),
  showConfigCommand(),
  configCommand(),
  editConfigCommand(),
  pauseCommand(),
  resumeCommand(),
  switchoverCommand(),
  failoverCommand(),
  flushCommand(),
  removeCommand(),
  uiCommand(),
  conformanceCommand(),
  dsnCommand(),
  versionCommand(),
  doctorCommand(),
  exportCommand(),
  importCommand(),
  migrateCommand(),
  completionCommand(program),
  demoCommand(),
]) {
  inherit(command);
  program.addCommand(command);
}

// What a library does that a later Node will not like is nothing that a user of the command can act on.
process.noDeprecation = true;

/** Sub-commands that are added, not made by their parent, do not take its settings over. */
function inherit(command: Command): void {
  command.copyInheritedSettings(program);
  for (const sub of command.commands) inherit(sub);
}

function leave(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return;
  }
  const exit: Exit = toExit(error);
  if (exit.message !== '') say(exit.message);
  process.exitCode = exit.code;
}

let isOutputLost = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || isOutputLost) return;
  isOutputLost = true;
  leave(outputExit(error));
});
process.stderr.on('error', () => undefined);

try {
  await program.parseAsync();
} catch (error) {
  // Whatever else ends a command then was told as that.
  if (!isOutputLost) leave(error);
}
