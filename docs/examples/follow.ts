/**
 * Keeps a file, and what reads it, pointed at the leader: HAProxy, PgBouncer, a virtual address. It asks for nothing but the
 * watch, and needs no office of its own.
 *
 *     node follow.ts etcd://10.0.0.1:2379/service/batman pgbouncer.ini.in /etc/pgbouncer/pgbouncer.ini systemctl reload pgbouncer
 *
 * `{name}`, `{host}` and `{port}` in the template are those of the leader's `conn_url`. The command finds `TENURE_LEADER`,
 * `TENURE_HOST`, `TENURE_PORT` and `TENURE_TOKEN` in its environment.
 */
import { spawn } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { addressOf, type ClusterView, DcsError, open } from 'tenure';
import { stopOnSignals } from './stopping.ts';

interface Target {
  readonly name: string;
  readonly host: string;
  readonly port: string;
  readonly token: string;
}

/** Between two tries, milliseconds. */
const PAUSE = 1000;

const [store = '', template = '', file = '', command = '', ...args] = process.argv.slice(2);
if (command === '') throw new Error('usage: follow.ts <store-url> <template> <file> <command> [args…]');

const stopping = stopOnSignals();
// It is no member: the name only has to be there.
await using dcs = await open(
  store.includes('name=') ? store : `${store}${store.includes('?') ? '&' : '?'}name=follower`,
);
// A watch need not keep the process up.
const stay = setInterval(() => undefined, 60_000);
let applied: Target | undefined;
try {
  for await (const view of dcs.watch({ signal: stopping })) await settle(view);
} catch (error) {
  if (!stopping.aborted) throw error;
} finally {
  clearInterval(stay);
}

/** Until it has been applied, or something newer has. The watch skips what comes and goes meanwhile. */
async function settle(view: ClusterView): Promise<void> {
  let target = targetOf(view);
  while (target !== undefined && !same(target, applied)) {
    try {
      await apply(target);
      applied = target;
      return;
    } catch (error) {
      console.error(`${target.name}: ${String(error)}; again in ${PAUSE} ms`);
    }
    await sleep(PAUSE, undefined, { signal: stopping });
    target = await latest(target);
  }
}

/**
 * While nobody leads all stays as it is: there is nowhere better to send anybody. So it does while the store is away: a stale view shows again
 * what was known last.
 */
function targetOf({ leader }: ClusterView): Target | undefined {
  const address = leader?.member && addressOf(leader.member.data);
  if (leader === undefined || address === undefined) return undefined;
  return { name: leader.name, host: address.host, port: String(address.port), token: String(leader.token ?? '') };
}

async function latest(target: Target): Promise<Target | undefined> {
  try {
    return targetOf(await dcs.view({ signal: stopping }));
  } catch (error) {
    if (DcsError.is(error, 'UNAVAILABLE')) return target;
    throw error;
  }
}

function same(a: Target, b: Target | undefined): boolean {
  return a.name === b?.name && a.host === b.host && a.port === b.port && a.token === b.token;
}

/** The file is never there by half: it is written beside, and moved. */
async function apply(target: Target): Promise<void> {
  const { name, host, port, token } = target;
  const text = (await readFile(template, 'utf8')).replace(
    /\{(name|host|port)\}/g,
    (_, field: 'name' | 'host' | 'port') => target[field],
  );
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
  const env = { ...process.env, TENURE_LEADER: name, TENURE_HOST: host, TENURE_PORT: port, TENURE_TOKEN: token };
  const reload = spawn(command, args, { stdio: 'inherit', env });
  const code = await new Promise((resolve, reject) => reload.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}`);
}
