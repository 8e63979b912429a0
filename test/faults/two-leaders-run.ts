import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FaultProxy } from '@tenure/conformance';
import { lead } from '@tenure/core';
import { file } from '@tenure/embedded';
import { connect, type Server } from '../clients/connect.ts';
import { hostNow } from '../clients/host-now.ts';
import { controls } from './two-leaders-controls.ts';
import {
  type Client,
  type Fault,
  type HolderOrder,
  type HolderReport,
  type HolderSpec,
  memberOf,
} from './two-leaders-parts.ts';

/** Milliseconds for a process to start and take a free office on a machine that other runs load too. */
const START_WITHIN = 60_000;
/** Milliseconds, at the least, for a rival to take over on such a machine. */
const ELECTED_WITHIN = 30_000;

export type Place =
  | { readonly type: 'embedded'; readonly path: string }
  | { readonly type: Server; readonly host: string; readonly port: number };

/** Times in milliseconds after the fault began. */
export interface Outcome {
  readonly fault: Fault;
  readonly client: Client;
  /** When the rival was told that it leads; absent when it was not in time. */
  readonly elected: number | undefined;
  readonly lastAct: number;
  /** From the rival's election to the last act of the old holder; negative: the gap without any leader. */
  readonly window: number | undefined;
  readonly actsInside: number;
  /** How often the holder acted before the fault: it did lead. */
  readonly actsBefore: number;
}

/**
 * Lets a holder take office, breaks its connection (or stops its process), and watches a rival with a sound connection
 * take over. The fault lasts three ttl at least, and one ttl beyond the rival's election; then it heals, and the holder has
 * one ttl more to act on late news.
 */
export async function twoLeaders(place: Place, client: Client, fault: Fault, ttl: number): Promise<Outcome> {
  await using cleanup = new AsyncDisposableStack();
  const proxy = place.type === 'embedded' ? undefined : cleanup.use(await FaultProxy.open(place));
  const spec: HolderSpec = {
    client,
    store:
      place.type === 'embedded'
        ? place
        : { type: place.type, endpoint: `${proxy?.address.host}:${proxy?.address.port}` },
    scope: `two-${randomUUID()}`,
    ttl,
  };
  const holder = cleanup.adopt(start(spec), (child) => void child.kill('SIGKILL'));
  await reportOf(holder, 'elected');
  const rival = cleanup.use(compete(place, spec));
  // Anywhere between two renewals.
  await sleep(ttl * (0.5 + Math.random() / 2));

  const longest = Math.max(5 * ttl, ELECTED_WITHIN);
  const { at, heal } = await inflict(holder, proxy, fault);
  while (hostNow() < Math.max(at + 3 * ttl, (rival.electedAt() ?? at + longest) + ttl)) await sleep(ttl / 20);
  await heal();
  await sleep(ttl);
  order(holder, { type: 'report' });
  const { acts } = await reportOf(holder, 'acts');

  const electedAt = rival.electedAt();
  const lastAct = Math.max(...acts.slice(-1));
  return {
    fault,
    client,
    elected: electedAt === undefined ? undefined : electedAt - at,
    lastAct: lastAct - at,
    window: electedAt === undefined ? undefined : lastAct - electedAt,
    actsInside: electedAt === undefined ? 0 : acts.filter((act) => act > electedAt).length,
    actsBefore: acts.filter((act) => act < at).length,
  };
}

function start(spec: HolderSpec): ChildProcess {
  const program = fileURLToPath(new URL('two-leaders-holder.ts', import.meta.url));
  const child = fork(program, [JSON.stringify(spec)], { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

function order(holder: ChildProcess, message: HolderOrder): void {
  holder.send(message);
}

async function reportOf<T extends HolderReport['type']>(holder: ChildProcess, type: T) {
  const { promise, resolve, reject } = Promise.withResolvers<Extract<HolderReport, { type: T }>>();
  const timer = setTimeout(() => reject(new Error(`the holder did not tell "${type}"`)), START_WITHIN);
  const listen = (report: HolderReport) => {
    if (report.type === type) resolve(report as Extract<HolderReport, { type: T }>);
  };
  const died = () => reject(new Error('the holder died'));
  holder.on('message', listen).once('exit', died);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    holder.off('message', listen).off('exit', died);
  }
}

async function inflict(holder: ChildProcess, proxy: FaultProxy | undefined, fault: Fault) {
  const at = hostNow();
  if (fault === 'stop') {
    holder.kill('SIGSTOP');
    return { at, heal: async () => void holder.kill('SIGCONT') };
  }
  if (proxy !== undefined) return { at, heal: proxy[fault]() };
  order(holder, { type: 'fault', fault });
  const suffering = await reportOf(holder, 'suffering');
  return { at: suffering.at, heal: async () => order(holder, { type: 'heal' }) };
}

interface Rival extends AsyncDisposable {
  electedAt(): number | undefined;
}

/** The same client as the holder's, straight to the store. It keeps the office that it wins. */
function compete(place: Place, spec: HolderSpec): Rival {
  return place.type !== 'embedded' && spec.client === 'control'
    ? competeByControl(place.type, `${place.host}:${place.port}`, spec)
    : competeByTenure(place, spec);
}

function competeByTenure(place: Place, spec: HolderSpec): Rival {
  const store = place.type === 'embedded' ? file(place.path) : connect(place.type, `${place.host}:${place.port}`);
  const dcs = memberOf(store, spec, 'rival');
  const leaving = new AbortController();
  let electedAt: number | undefined;
  const term = lead(
    dcs,
    async (lease) => {
      electedAt ??= hostNow();
      await new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
    },
    { signal: leaving.signal },
  ).catch(() => undefined);
  return {
    electedAt: () => electedAt,
    [Symbol.asyncDispose]: async () => {
      leaving.abort();
      await term;
      await dcs.close();
    },
  };
}

function competeByControl(server: Server, endpoint: string, { scope, ttl }: HolderSpec): Rival {
  let electedAt: number | undefined;
  const { leave } = controls[server]({
    ...{ endpoints: [endpoint], scope, ttl, name: 'rival', now: hostNow, seen: () => undefined },
    elected: () => {
      electedAt ??= hostNow();
    },
    lost: () => undefined,
  });
  return { electedAt: () => electedAt, [Symbol.asyncDispose]: leave };
}
