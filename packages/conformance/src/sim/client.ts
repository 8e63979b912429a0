import { type ClusterView, Dcs, DcsError, type Lease, type SharedSession, type Store, type Timing } from '@tenure/core';
import { look } from './look.ts';
import { Operations } from './operations.ts';
import type { SimProcess } from './process.ts';
import type { Random } from './random.ts';
import type { Recorder } from './recorder.ts';
import type { ClientPlan } from './schedule.ts';
import { SlowReader } from './slow-reader.ts';

export const SCOPE = 'sim';

/** What a client needs of the simulation. */
export interface Surroundings {
  readonly process: SimProcess;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly store: Store;
  readonly timing: Timing;
  /** From then on, in true time, nothing is written but what keeps the office. */
  readonly quietFrom: number;
  /** Ends the process; its supervisor starts another. */
  readonly exit: () => void;
  /** SIGSTOP now, SIGCONT after `ms` of true time. */
  readonly stopFor: (ms: number) => void;
}

/** One process's membership of the scope, and what it does as leader and beside that. */
export class Client {
  readonly dcs: Dcs;
  readonly process: SimProcess;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly operations: Operations;
  /** The last one that it was given. */
  lease: Lease | undefined;
  readonly #watches: boolean;
  readonly #campaigns: boolean;
  readonly #reader: SlowReader;
  #serving: Promise<void> = Promise.resolve();
  #watched = false;
  #leaving = false;
  readonly #exit: () => void;
  readonly #stopFor: (ms: number) => void;
  readonly #quietFrom: number;
  readonly #timing: Timing;

  constructor(
    { name, role, watches }: ClientPlan,
    { process, random, recorder, store, timing, quietFrom, exit, stopFor }: Surroundings,
    session?: SharedSession,
  ) {
    this.#watches = watches;
    this.#campaigns = role === 'lead' || role === 'campaign';
    this.process = process;
    this.random = random;
    this.recorder = recorder;
    this.#exit = exit;
    this.#stopFor = stopFor;
    this.#quietFrom = quietFrom;
    this.#timing = timing;
    this.dcs = new Dcs({ store, scope: SCOPE, name, timing, ...(session && { session }) });
    const reader = new Dcs({ store, scope: SCOPE, name: `${name}-reader`, timing });
    const see = (view: ClusterView) => this.#see(view, 'slow watch');
    this.#reader = new SlowReader(reader, see, () => this.pause(random.next()));
    this.operations = new Operations(this.dcs, process.name, recorder);
  }

  get quiet(): boolean {
    return this.recorder.now >= this.#quietFrom;
  }

  /** About `ratio` of the time between two rounds of the loop, on its own clock. */
  async pause(ratio: number, signal?: AbortSignal): Promise<void> {
    await this.process.sleep(this.#timing.loopWait * ratio * this.random.between(0.5, 1.5), signal);
  }

  /** Settles when it does nothing any more as the leader of an earlier term. */
  get served(): Promise<void> {
    return this.#serving;
  }

  /**
   * What the contract allows to be thrown is for the next round. Who finds its name in use exits, as it must: now and then only
   * after some rounds while there are faults, and at once when a leader has to come.
   */
  async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!DcsError.is(error)) throw error;
      if (error.code !== 'NAME_IN_USE' || (!this.quiet && this.random.chance(0.7))) return;
      this.#exit();
    }
  }

  /** Acts as leader until the lease ends or its holder has had enough. */
  async serve(lease: Lease): Promise<void> {
    this.lease = lease;
    this.#serving = this.#actUnder(lease);
    await this.#serving;
  }

  async #actUnder(lease: Lease): Promise<void> {
    const enough = this.random.chance(0.3) ? this.random.whole(1, 15) : Number.POSITIVE_INFINITY;
    for (let acts = 0; acts < enough && !lease.signal.aborted && !this.#leaving; acts += 1) {
      if (!(await this.#act(lease))) return;
      await this.pause(0.3);
    }
  }

  /** Does `parts`, and all that a daemon does beside them. */
  live(...parts: readonly ((client: Client) => Promise<void>)[]): void {
    const announcement = { state: 'running' };
    const beside = [() => this.#work(), () => this.dcs.announce(announcement)];
    beside.push(this.#watches ? () => this.#follow() : () => this.#reader.follow());
    for (const part of [...parts, ...beside]) void this.#untilClosed(part(this));
  }

  /** Goes, as on SIGTERM: what it does as leader comes to its end first. */
  leave(): void {
    this.#leaving = true;
    void this.#serving.then(() => this.dcs.close());
  }

  retime(ttl: number): void {
    void this.attempt(() => this.dcs.retime({ ttl }));
  }

  /** Whatever else the parts of a program let escape is an exception that nobody caught. */
  async #untilClosed(part: Promise<void>): Promise<void> {
    try {
      await part;
    } catch (error) {
      const passing = DcsError.is(error, 'UNAVAILABLE') || (this.#leaving && DcsError.is(error, 'CLOSED'));
      if (!passing) throw error;
    }
  }

  /** Looks at everything that `dcs.watch` tells. */
  async #follow(): Promise<void> {
    for await (const view of this.dcs.watch()) {
      this.#watched = true;
      this.#see(view, 'watch');
    }
  }

  /** Reads and writes documents, and looks at what is known already. */
  async #work(): Promise<void> {
    for (;;) {
      await this.pause(1.2);
      if (this.#leaving) return;
      // Before the watch has told a state it is that of a read, which nobody will call stale: only `age()` tells. With two watches,
      // that of a campaign too, each tells in its own time.
      const { latest } = this.dcs;
      if (this.#watched && !this.#campaigns && latest !== undefined) this.#see(latest, 'latest');
      if (this.#reader.newest !== undefined) this.#see(this.#reader.newest, 'slow watch');
      if (this.quiet) continue;
      const chosen = this.random.next();
      if (chosen < 0.35) await this.operations.update();
      else if (chosen < 0.6) await this.operations.readAndWrite();
      else if (chosen < 0.8) await this.operations.read('config');
      else await this.operations.read('initialize');
    }
  }

  /** @returns whether there may be more to do */
  async #act(lease: Lease): Promise<boolean> {
    const from = this.recorder.now;
    if (!isHeld(lease)) return false;
    const kind = this.quiet ? 0 : this.random.next();
    if (kind < 0.5) this.#acted(lease, from, from);
    else if (kind < 0.7) await this.#toil(lease, from);
    else if (kind < 0.95) {
      this.#acted(lease, from, from);
      await this.operations.writeFenced(lease, this.random.chance(0.3));
    } else await this.#dawdle(lease, from);
    return true;
  }

  /** An act that takes as long as the stop budget allows. */
  async #toil(lease: Lease, from: number): Promise<void> {
    const { stopped } = this.process;
    await this.process.sleep(Math.max(0, this.#timing.stopBudget * (1 - this.#timing.drift) - TIMER_SLACK));
    if (this.process.stopped === stopped) this.#acted(lease, from, this.recorder.now);
    else this.#acted(lease, from, from, this.recorder.now - from);
  }

  /** The process is stopped between the look at the lease and the write that it let pass: the fence must catch that. */
  async #dawdle(lease: Lease, from: number): Promise<void> {
    this.#stopFor(this.#timing.ttl * this.random.between(0.2, 2));
    await this.process.sleep(0);
    this.#acted(lease, from, from, this.recorder.now - from);
    await this.operations.sendFenced(lease);
  }

  #acted({ token }: Lease, from: number, to: number, paused = 0): void {
    const { name } = this.process;
    this.recorder.record({ type: 'act', client: name, token, from, to, count: from === to ? 1 : 2, paused });
  }

  #see(view: ClusterView, watch: string): void {
    const { name } = this.process;
    this.recorder.record(look(name, `${watch} of ${name}`, view));
  }
}

/** A timer is late by its grain, and rounds up. */
const TIMER_SLACK = 3;

function isHeld(lease: Lease): boolean {
  try {
    lease.assertHeld();
    return true;
  } catch (error) {
    if (DcsError.is(error, 'LEASE_LOST')) return false;
    throw error;
  }
}
