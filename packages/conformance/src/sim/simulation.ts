import { type Entry, SharedSession, type Timing } from '@tenure/core';
import type { HistoryEvent } from '../history/event.ts';
import { Client, SCOPE } from './client.ts';
import { Line } from './line.ts';
import { Oracle } from './oracle.ts';
import { SimProcess } from './process.ts';
import { Random } from './random.ts';
import { Recorder } from './recorder.ts';
import { accompany, roles } from './roles.ts';
import { type ClientPlan, promises, type Schedule, soundFrom } from './schedule.ts';
import { type Change, SimServer } from './server.ts';
import { SimStore } from './store.ts';
import { World } from './world.ts';

const PREFIX = `/service/${SCOPE}/`;

/** One running process of a client. */
export interface Running {
  readonly plan: ClientPlan;
  readonly process: SimProcess;
  readonly line: Line;
  readonly client: Client;
}

/** The server, the clients and the history of one schedule. */
export class Simulation {
  readonly world = new World();
  readonly server: SimServer;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly schedule: Schedule;
  /** Those that live, the latest of each name last. */
  readonly running = new Set<Running>();
  readonly #quietFrom: number;
  readonly #oracle: Oracle;
  #born = 0;

  constructor(schedule: Schedule) {
    this.schedule = schedule;
    this.random = new Random(schedule.seed).fork();
    this.recorder = new Recorder(this.world);
    this.server = new SimServer(this.world, schedule.serverRate, (change) => this.#changed(change));
    this.#oracle = new Oracle(this);
    this.#quietFrom = Math.max(2 * schedule.ttl, soundFrom(schedule));
  }

  async run(): Promise<readonly HistoryEvent[]> {
    const { clients, seed } = this.schedule;
    const promised = promises(this.schedule);
    this.recorder.record({
      type: 'run',
      store: 'simulated',
      client: 'tenure',
      seed: String(seed),
      grace: 0,
      ...promised,
    });
    for (const plan of clients) {
      this.world.at(this.random.between(0, this.schedule.ttl / 10), () => this.start(plan));
    }
    const settling = this.schedule.settles ? promised.leaderWithin + 1.2 * promised.staleAfter : promised.staleAfter;
    await this.world.run(this.#quietFrom + settling);
    for (const { process } of this.running) process.kill();
    this.server.process.kill();
    return this.recorder.events;
  }

  /** A process of this name begins, whether or not there is one already. */
  start(plan: ClientPlan): Running {
    this.#born += 1;
    const earlier =
      [...this.running].some((other) => other.plan.name === plan.name) || this.#born > this.schedule.clients.length;
    const label = earlier ? `${plan.name}.${this.#born}` : plan.name;
    const process = new SimProcess(this.world, label, plan.rate, this.random.whole(0, 10 ** 6));
    const line = new Line(this.world, process, this.random, this.schedule.latency);
    const store = new SimStore(this.server, line, process);
    const { ttl, drift, stopBudget } = this.schedule;
    const timing: Timing = { ttl, loopWait: Math.floor(ttl / 3), retryTimeout: Math.floor(ttl / 3), drift, stopBudget };
    const session = plan.role === 'shared' ? new SharedSession(store, ttl) : undefined;
    const client = new Client(
      plan,
      {
        process,
        random: this.random.fork(),
        recorder: this.recorder,
        store,
        timing,
        quietFrom: this.#quietFrom,
        exit: () => void this.world.after(0, () => this.replace(running)),
        stopFor: (ms) => this.stop(process, ms),
      },
      session,
    );
    const running: Running = { plan, process, line, client };
    this.running.add(running);
    const beside = session === undefined ? [] : [(self: Client) => accompany(self, session)];
    process.hear(() => client.live(roles[plan.role], ...beside));
    return running;
  }

  end(running: Running): void {
    if (!this.running.has(running)) return;
    running.line.reset();
    running.process.kill();
    this.running.delete(running);
  }

  /** Its supervisor starts it again, unless another of this name lives. */
  replace(running: Running): void {
    this.end(running);
    if (this.#find(running.plan.name) === undefined) this.start(running.plan);
  }

  /** SIGSTOP, and SIGCONT after `ms`. */
  stop(process: SimProcess, ms: number, how: 'stop' | 'suspend' = 'stop'): void {
    const from = this.world.now;
    const proceed = how === 'stop' ? process.stop() : process.suspend();
    this.world.after(ms, () => {
      if (!process.dead) this.recorder.record({ type: 'pause', client: process.name, from });
      proceed();
    });
  }

  /** Who leads as the server has it. */
  leader(): Running | undefined {
    return this.#find(this.#leaderEntry()?.value);
  }

  /** The latest process of this name. */
  #find(name: string | undefined): Running | undefined {
    return [...this.running].reverse().find(({ plan }) => plan.name === name);
  }

  get prefix(): string {
    return PREFIX;
  }

  #changed({ key, entry, by }: Change): void {
    if (!key.startsWith(PREFIX)) return;
    const name = key.slice(PREFIX.length);
    if (name.startsWith('members/')) return;
    const value = entry === undefined ? null : content(name, entry.value);
    this.recorder.record({ type: 'state', key: name, value, by });
    if (name === 'leader' && by === 'administrator') this.#oracle.depose();
    if (name === 'epoch') this.#oracle.begins(Number(value), this.#leaderEntry());
  }

  #leaderEntry(): Entry | undefined {
    return this.server.read(`${PREFIX}leader`).get(`${PREFIX}leader`);
  }
}

/** The value as the operations know it. */
function content(name: string, raw: string): string | null {
  if (name === 'config') return String((JSON.parse(raw) as { v: unknown }).v);
  if (name === 'status') return String((JSON.parse(raw) as { optime: unknown }).optime);
  return raw;
}
