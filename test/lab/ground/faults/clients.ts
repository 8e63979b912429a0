import { setTimeout as sleep } from 'node:timers/promises';
import { healing } from '@tenure/conformance';
import { between, pick } from '../../random.ts';
import type { Fault } from './fault.ts';
import { victim } from './lines.ts';

/** What befalls the process of a client, or its machine. */
export const clients: readonly Fault[] = [
  {
    ...{ name: 'stop client', area: 'client', absent: {} },
    inflict: async (stage, random) => {
      const { process, name } = victim(stage, random);
      process.stop();
      return { target: name, heal: healing(() => process.go()) };
    },
  },
  {
    // The first is spared: its memory is measured from the beginning of a run to its end.
    ...{ name: 'kill client', area: 'client', absent: {} },
    inflict: async ({ rivals, leader }, random) => {
      const mortal = rivals.slice(1);
      const holder = mortal.find(({ name }) => name === leader());
      const rival = holder !== undefined && random() < 0.5 ? holder : pick(random, mortal);
      await rival.process.kill();
      return { target: rival.name, heal: healing(() => rival.restart()) };
    },
  },
  {
    // The machine sleeps: the process is stopped, and CLOCK_MONOTONIC has stood still when it goes on.
    ...{ name: 'suspend client', area: 'client', absent: {}, instant: true },
    inflict: async (stage, random) => {
      const { process, name } = victim(stage, random);
      const ms = between(random, 0.3, 2) * stage.ttl;
      await process.order({ type: 'suspend', ms });
      process.stop();
      await sleep(ms);
      process.go();
      return { target: name, heal: healing(() => undefined) };
    },
  },
  {
    ...{ name: 'step wall clock of client', area: 'client', absent: {} },
    inflict: async (stage, random) => {
      const { process, name } = victim(stage, random);
      const ms = between(random, -1, 1) * 86_400_000;
      await process.order({ type: 'step', ms });
      return {
        target: name,
        heal: healing(async () => {
          if (process.alive) await process.order({ type: 'step', ms: -ms });
        }),
      };
    },
  },
  {
    ...{ name: 'stall client', area: 'client', absent: {}, instant: true },
    inflict: async (stage, random) => {
      const { process, name } = victim(stage, random);
      await process.order({ type: 'stall', ms: between(random, 0.1, 1.5) * stage.ttl });
      return { target: name, heal: healing(() => undefined) };
    },
  },
  {
    // Not a fault, but a moment in which keys change sessions.
    ...{ name: 'retime client', area: 'client', absent: {} },
    inflict: async (stage, random) => {
      const { process, name } = victim(stage, random);
      await process.order({ type: 'retime', ttl: Math.round(between(random, 1, 1.5) * stage.ttl) });
      return {
        target: name,
        heal: healing(async () => {
          if (process.alive) await process.order({ type: 'retime', ttl: stage.ttl });
        }),
      };
    },
  },
  {
    ...{ name: 'release', area: 'client', absent: {}, instant: true },
    inflict: async (stage, random) => {
      const { process, name } = victim(stage, random);
      await process.order({ type: 'release' });
      return { target: name, heal: healing(() => undefined) };
    },
  },
];
