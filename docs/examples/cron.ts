/**
 * A cron daemon of which one runs: start it on every host, and each turn is run on one of them, once.
 *
 *     node cron.ts 'etcd://10.0.0.1:2379/nightly?ttl=10&stop_budget=2' 60 ./report.sh
 *
 * The job finds `TENURE_TOKEN` and `TENURE_TURN` in its environment.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { DcsError, type Lease, lead, open } from 'tenure';
import { stopOnSignals } from './stopping.ts';

const [store = '', seconds = '', command = '', ...args] = process.argv.slice(2);
const period = Number(seconds) * 1000;
if (store === '' || command === '' || !(period > 0))
  throw new Error('usage: cron.ts <store-url> <seconds> <command> [args…]');

const stopping = stopOnSignals();
await using dcs = await open(store);
try {
  await lead(dcs, takeTurns, { signal: stopping });
} catch (error) {
  if (!stopping.aborted) throw error;
}

async function takeTurns(lease: Lease): Promise<void> {
  while (lease.held) {
    const turn = Math.floor(Date.now() / period);
    if (await claim(lease, turn)) await runJob(lease, turn);
    await sleep(Math.max(0, (turn + 1) * period - Date.now()), undefined, { signal: lease.signal });
  }
}

/**
 * Writes down that this turn is taken before it is run, so that no successor runs it again: at most once. The store refuses the
 * write once our term is over. A write without an answer may be there: that turn is left out.
 */
async function claim(lease: Lease, turn: number): Promise<boolean> {
  let mine = false;
  try {
    await dcs.status.update(
      (last) => {
        mine = (last?.optime ?? 0) < turn;
        return mine ? { ...last, optime: turn } : undefined;
      },
      { fence: lease },
    );
    if (!mine) console.error(`turn ${turn}: it was run before`);
    return mine;
  } catch (error) {
    if (DcsError.is(error, 'LEASE_LOST') || !DcsError.is(error)) throw error;
    console.error(`turn ${turn}: left out, ${error.message}`);
    return false;
  }
}

/** Ends when the job has. When the lease does the job gets TERM, and KILL before the stop budget, and so our time, is over. */
async function runJob(lease: Lease, turn: number): Promise<void> {
  lease.assertHeld();
  const env = { ...process.env, TENURE_TOKEN: String(lease.token), TENURE_TURN: String(turn) };
  const job = spawn(command, args, { stdio: 'inherit', env });
  let kill: NodeJS.Timeout | undefined;
  const end = () => {
    job.kill('SIGTERM');
    kill = setTimeout(() => job.kill('SIGKILL'), dcs.timing.stopBudget * 0.8);
  };
  lease.signal.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise((resolve, reject) => job.once('error', reject).once('close', resolve));
    if (code !== 0) console.error(`turn ${turn}: the job ended with ${String(code)}`);
  } finally {
    lease.signal.removeEventListener('abort', end);
    clearTimeout(kill);
  }
}
