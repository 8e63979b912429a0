import { open } from 'tenure';
import { HealthEndpoint } from 'tenure/health';

/** What the tests of the health endpoint talk to: a leader that renews only when it is told to, and can be made to hang. */
export type Command =
  | { readonly type: 'acquire' }
  | { readonly type: 'release' }
  /** `releasing`: it has just begun to give its office up, and not come to anything else. */
  | { readonly type: 'hang'; readonly ms: number; readonly releasing?: true }
  | { readonly type: 'retime'; readonly ttl: number };

export interface Told {
  readonly type: 'listening' | 'done' | 'hanging' | 'hung';
  readonly port?: number;
  readonly token?: number;
  /** On CLOCK_MONOTONIC, milliseconds, as `at`. */
  readonly deadline?: number;
  readonly at: number;
}

const [store = '', name = '', ttl = ''] = process.argv.slice(2);
const dcs = await open({ store, scope: 's', name, ttl: Number(ttl) });
const health = await HealthEndpoint.open(dcs, { port: 0 });

const hostNow = () => Number(process.hrtime.bigint()) / 1e6;

async function tell(type: Told['type'], more: Partial<Told> = {}): Promise<void> {
  const { lease } = dcs;
  const at = hostNow();
  const held = lease === undefined ? {} : { token: lease.token, deadline: at + lease.remaining };
  await new Promise((resolve) => process.send?.({ type, at, ...held, ...more }, resolve));
}

async function obey(command: Command): Promise<void> {
  if (command.type === 'acquire') await dcs.campaign();
  else if (command.type === 'release') await dcs.lease?.release();
  else if (command.type === 'retime') await dcs.retime({ ttl: command.ttl });
  else {
    await tell('hanging');
    if (command.releasing) dcs.lease?.release().catch(() => undefined);
    const end = performance.now() + command.ms;
    while (performance.now() < end);
    await tell('hung');
    return;
  }
  await tell('done');
}

process.on('message', (command: Command) => void obey(command));
process.on('disconnect', () => process.exit());
await tell('listening', { port: health.port });
