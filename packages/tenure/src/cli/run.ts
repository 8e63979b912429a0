import { Command } from 'commander';
import { run } from '../run/run.ts';
import { seconds } from './arguments.ts';
import { EXIT, Exit } from './exit.ts';
import { configOf, openStore, type StoreOptions, withStore } from './store.ts';
import { say } from './terminal.ts';

interface RunFlags extends StoreOptions {
  readonly ttl?: number;
  readonly grace?: number;
  readonly once?: boolean;
  readonly restart?: boolean;
}

/** The time from TERM to KILL, as a part of ttl, and the time that a KILL may take to be carried out. */
const GRACE_OF_TTL = 1 / 6;
const KILL_OF_TTL = 1 / 20;
/** A process that was sent KILL is gone when the kernel has next scheduled it: at least this much is kept for it. */
const LEAST_KILL_TIME = 0.1;
const DEFAULT_TTL = 30;

export function runCommand(): Command {
  const command = new Command('run')
    .description('Run a command while this process holds the lease of its scope, and at no other time.')
    .argument('<command...>', 'the command and its arguments, after --')
    .passThroughOptions();
  return withStore(command)
    .option('--ttl <seconds>', `how long the lease outlives a dead holder (default: ${DEFAULT_TTL})`, seconds)
    .option('--grace <seconds>', 'from TERM to KILL when the lease is lost (default: a sixth of ttl)', seconds)
    .option('--once', 'exit when the lease is lost (1) or the store is away at the start (3), instead of waiting')
    .option('--restart', 'start the command again when it ends, and keep the lease')
    .addHelpText(
      'after',
      `
The command finds TENURE_TOKEN, TENURE_NAME and TENURE_SCOPE in its environment. It runs in a process group of its own.
When contact with the store is lost the whole group gets TERM, and KILL after the grace, early enough that it is gone
before anyone else can hold the lease: also when tenure itself is frozen or killed. SIGTERM, SIGINT and SIGHUP are handed
on to it. Exits with its code, 127 when it is not found, 126 when it cannot be executed.

Examples:
  $ tenure run --scope nightly -- ./backup.sh --all
  $ tenure run --store etcd://10.0.0.1:2379/api --name node1 --ttl 10 --restart -- node server.js
  $ tenure run --scope job -- sh -c 'echo "I hold term $TENURE_TOKEN"'`,
    )
    .action(async (argv: string[], flags: RunFlags, self: Command) => {
      if (flags.once === true && flags.restart === true) self.error('error: --once and --restart exclude each other');
      process.exitCode = await start(argv, flags);
    });
}

async function start(command: readonly string[], flags: RunFlags): Promise<number> {
  const asked = await configOf(flags, { ttl: flags.ttl });
  const ttl = asked.ttl ?? DEFAULT_TTL;
  const grace = flags.grace ?? ttl * GRACE_OF_TTL;
  const killTime = Math.max(LEAST_KILL_TIME, ttl * KILL_OF_TTL);
  const config = { ...asked, ttl, stop_budget: grace + killTime };
  const dcs = await openStore(config).catch((error: unknown) => {
    if (!(error instanceof Exit) || !error.message.includes('stop_budget')) throw error;
    const budget = `--grace ${tidy(grace)} s and ${tidy(killTime)} s for the KILL are the stop_budget of a ttl of ${ttl} s`;
    throw new Exit(EXIT.usage, `${budget}; ${error.message}`);
  });
  return await run(dcs, {
    command,
    grace: grace * 1000,
    killTime: killTime * 1000,
    once: flags.once ?? false,
    restart: flags.restart ?? false,
    tell: flags.json === true ? tellJson : tell,
  }).catch((error: unknown) => {
    // The servers granted less than they are configured here to grant.
    if (!(error instanceof RangeError) || !error.message.startsWith('no room for a renewal')) throw error;
    const needed = `--grace ${tidy(grace)} s and ${tidy(killTime)} s for the KILL`;
    throw new Exit(
      EXIT.usage,
      `of a ttl of ${ttl} s this store guarantees too little for ${needed}; raise --ttl or lower --grace`,
    );
  });
}

/** Sums and parts of seconds, without what binary fractions add. */
function tidy(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function tellJson(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stderr.write(`${JSON.stringify({ event, ...fields })}\n`);
}

function tell(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
  const details = Object.entries(fields).map(([field, value]) => `${field} ${String(value)}`);
  say([event, ...details].join(', '));
}
