import type { Trouble } from './line.ts';
import { type Fault, type FaultType, LONGEST_RETIME } from './schedule.ts';
import type { Running, Simulation } from './simulation.ts';

/** Begins a fault; the returned function, if there is one, ends it. */
type Deed = (simulation: Simulation, fault: Fault, target: Running) => undefined | (() => void);

const trouble =
  (what: (fault: Fault, simulation: Simulation) => Trouble): Deed =>
  (simulation, fault, { line }) =>
    line.suffer(what(fault, simulation));

const deeds: Record<FaultType, Deed> = {
  cut: trouble(() => ({ deaf: 'both' })),
  mute: trouble(() => ({ deaf: 'home' })),
  deaf: trouble(() => ({ deaf: 'out' })),
  slow: trouble((_, { schedule }) => ({ slow: schedule.ttl / 2 })),
  lossy: trouble(() => ({ loss: 0.3 })),
  flaky: trouble(() => ({ resets: 0.3 })),
  refuse: (_, __, { line }) => {
    line.reset();
    return line.suffer({ refused: true });
  },
  reset: (_, __, { line }) => {
    line.reset();
    return undefined;
  },
  stop: (simulation, { lasts }, { process }) => {
    simulation.stop(process, lasts);
    return () => undefined;
  },
  suspend: (simulation, { lasts }, { process }) => {
    simulation.stop(process, lasts, 'suspend');
    return () => undefined;
  },
  crash: (simulation, _, target) => {
    simulation.end(target);
    return () => simulation.replace(target);
  },
  leave: (simulation, _, target) => {
    target.process.hear(() => target.client.leave());
    return () => simulation.replace(target);
  },
  twin: (simulation, _, target) => {
    const twin = simulation.start(target.plan);
    return () => simulation.replace(simulation.random.chance(0.5) ? twin : target);
  },
  step: ({ random, schedule }, _, { process }) => {
    process.stepWallClock(schedule.ttl * random.between(-20, 20));
    return undefined;
  },
  restart: ({ server, running }) => {
    const rise = server.fall();
    for (const { line } of running) line.reset();
    return rise;
  },
  hang: ({ server }) => server.process.stop(),
  expire: ({ server, prefix }) => {
    const session = server.read(prefix).get(`${prefix}leader`)?.session;
    if (session !== undefined) server.expire(session);
    return undefined;
  },
  delete: ({ server, prefix }) => {
    void server.delete(`${prefix}leader`);
    return undefined;
  },
  overwrite: ({ server, prefix }) => {
    server.put(`${prefix}leader`, 'somebody');
    return () => {
      if (server.read(prefix).get(`${prefix}leader`)?.value === 'somebody') void server.delete(`${prefix}leader`);
    };
  },
  rewrite: ({ server, prefix }) => {
    const name = server.read(prefix).get(`${prefix}leader`)?.value;
    if (name !== undefined) server.put(`${prefix}leader`, name);
    return undefined;
  },
  retime: ({ random, schedule }, _, { plan, process, client }) => {
    const ttl = Math.round(schedule.ttl * random.pick([0.6, LONGEST_RETIME]));
    if (plan.role !== 'shared') process.hear(() => client.retime(ttl));
    return undefined;
  },
};

/** Lets all faults of a schedule happen in their time. */
export function afflict(simulation: Simulation): void {
  const { world, recorder, schedule } = simulation;
  for (const [id, fault] of schedule.faults.entries()) {
    world.at(fault.at, () => {
      const target = victim(simulation, fault);
      if (target === undefined) return;
      const about = { type: 'fault', id, fault: fault.type, target: target.process.name } as const;
      recorder.record({ ...about, phase: 'begin' });
      const end = deeds[fault.type](simulation, fault, target);
      world.at(fault.at + fault.lasts, () => {
        end?.();
        recorder.record({ ...about, phase: 'end' });
      });
    });
  }
}

function victim(simulation: Simulation, { target }: Fault): Running | undefined {
  const all = [...simulation.running];
  if (target === undefined || target === 'leader') return simulation.leader() ?? all[0];
  return all.find(({ plan }) => plan.name === target);
}
