import type { Schedule } from '@tenure/conformance';

/** Schedules that once broke a promise, by what broke it: as data, since `scheduleOf` may come to give other ones. */
export const regressions: Readonly<Record<string, Schedule>> = {
  'retime moved the office to a session with a shorter ttl, and its answer came late': {
    seed: 1151,
    ttl: 3000,
    stopBudget: 600,
    drift: 0.001,
    withinDrift: true,
    serverRate: 1,
    latency: 150,
    clients: [
      { name: 'n1', role: 'lead', watches: true, rate: 1.00098 },
      { name: 'n2', role: 'lead', watches: false, rate: 1.00098 },
      { name: 'n3', role: 'lead', watches: false, rate: 1.00098 },
    ],
    settles: true,
    faults: [
      { type: 'delete', at: 758, lasts: 0, target: 'leader' },
      { type: 'retime', at: 1006, lasts: 0, target: 'leader' },
    ],
  },
  'a read took back that the watch had said it was stale': {
    seed: 1431,
    ttl: 10000,
    stopBudget: 0,
    drift: 0.05,
    withinDrift: true,
    serverRate: 0.951,
    latency: 20,
    clients: [
      { name: 'n1', role: 'loop', watches: true, rate: 1.049 },
      { name: 'n2', role: 'loop', watches: true, rate: 1.049 },
      { name: 'n3', role: 'loop', watches: true, rate: 0.951 },
    ],
    settles: true,
    faults: [
      { type: 'overwrite', at: 7730, lasts: 3967 },
      { type: 'flaky', at: 10638, lasts: 8566, target: 'n1' },
      { type: 'slow', at: 12095, lasts: 7905, target: 'leader' },
      { type: 'restart', at: 18888, lasts: 8641 },
    ],
  },
  'a session of the old ttl was opened while the ttl changed, and took the place of the new one': {
    seed: 1719,
    ttl: 1000,
    stopBudget: 200,
    drift: 0.001,
    withinDrift: true,
    serverRate: 1.00098,
    latency: 50,
    clients: [
      { name: 'n1', role: 'loop', watches: true, rate: 1.00098 },
      { name: 'n2', role: 'loop', watches: true, rate: 0.99902 },
    ],
    settles: true,
    faults: [
      { type: 'overwrite', at: 333, lasts: 827 },
      { type: 'retime', at: 701, lasts: 0, target: 'n2' },
      { type: 'twin', at: 725, lasts: 245, target: 'n2' },
      { type: 'suspend', at: 1691, lasts: 1159, target: 'leader' },
      { type: 'retime', at: 1693, lasts: 0, target: 'leader' },
      { type: 'retime', at: 1944, lasts: 0, target: 'n2' },
    ],
  },
};
