import { setTimeout as sleep } from 'node:timers/promises';
import { healing } from '@tenure/conformance';
import type { LineFault } from '../../client/index.ts';
import { between, pick, type Random } from '../../random.ts';
import { ProxyLine } from '../line.ts';
import type { Rival } from '../rival.ts';
import type { Fault, Inflicted, Stage } from './fault.ts';

const LINK = { embedded: 'its link has calls and no connections' } as const;

/** Every way in which the line between one client and all nodes breaks. */
export const lines: readonly Fault[] = [
  plain('cut client', 'cut'),
  plain('mute client', 'mute'),
  plain('freeze client', 'freeze'),
  plain('refuse client', 'refuse'),
  { ...plain('reset client', 'reset'), instant: true },
  onLine(
    'slow client',
    {},
    async ({ line }, { ttl }, random) => await line.suffer('delay', between(random, 0.02, 0.3) * ttl),
  ),
  onLine('flapping client', {}, async ({ line }, { ttl }, random) => {
    const stop = new AbortController();
    const flap = async () => {
      while (!stop.signal.aborted) {
        const heal = await line.suffer(random() < 0.7 ? 'cut' : 'refuse');
        await sleep(between(random, 0.02, 0.3) * ttl, undefined, { signal: stop.signal }).catch(() => undefined);
        await heal();
        await sleep(between(random, 0.02, 0.3) * ttl, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    };
    const flapping = flap();
    return healing(async () => {
      stop.abort();
      await flapping;
    });
  }),
  onProxies('jittery client', async (line, { ttl }, random) => line.jitter(between(random, 0.05, 0.3) * ttl, random)),
  {
    ...onProxies('half-open client', async (line) => {
      line.halfOpen();
      return healing(() => undefined);
    }),
    instant: true,
  },
  {
    ...onProxies('torn client', async (line) => {
      line.tear();
      return healing(() => undefined);
    }),
    instant: true,
  },
  { ...onProxies('cut client from its node', async (line) => line.cutUsed()), three: true },
];

function plain(name: string, fault: LineFault): Fault {
  return onLine(name, {}, async ({ line }) => await line.suffer(fault));
}

function onProxies(
  name: string,
  inflict: (line: ProxyLine, stage: Stage, random: Random) => Promise<Inflicted['heal']>,
): Fault {
  return onLine(name, LINK, async ({ line }, stage, random) => {
    if (!(line instanceof ProxyLine)) throw new TypeError(`${name}: the line has no proxies`);
    return await inflict(line, stage, random);
  });
}

/** Half of the time it is the holder's line that breaks. */
function onLine(
  name: string,
  absent: Fault['absent'],
  inflict: (rival: Rival, stage: Stage, random: Random) => Promise<Inflicted['heal']>,
): Fault {
  return {
    ...{ name, area: 'line', absent },
    inflict: async (stage, random) => {
      const rival = victim(stage, random);
      return { target: rival.name, heal: await inflict(rival, stage, random) };
    },
  };
}

/** The holder, half of the time; none that was just killed. */
export function victim({ rivals, leader }: Stage, random: Random): Rival {
  const living = rivals.filter(({ process }) => process.alive);
  const holder = living.find(({ name }) => name === leader());
  const anyone = pick(random, living);
  return random() < 0.5 ? (holder ?? anyone) : anyone;
}
