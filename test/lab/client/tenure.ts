import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClusterView, Dcs, DcsError, type Lease, type LeaseEvent, lead } from '@tenure/core';
import { Acts } from './acts.ts';
import { ClientClock } from './client-clock.ts';
import { ofConfig, ofStatus, ofView, statusValue, toConfig, toStatus } from './documents.ts';
import type { Journal } from './journal.ts';
import type { Contestant, ContestantOrder } from './kinds.ts';
import { Operations } from './operations.ts';
import { type ClientSpec, hostNow } from './spec.ts';
import { type Connected, connectStore } from './store.ts';

/** Milliseconds between two looks at the lease, two operations of one client, and two looks at its latest view. */
const LOOK_EVERY = 4;
const OPERATE_EVERY = 400;
const VIEW_EVERY = 500;

/** A daemon as the guide shows it: it leads again and again, and checks its lease immediately before each act. */
export async function tenure(spec: ClientSpec, journal: Journal): Promise<Contestant> {
  const clock = new ClientClock();
  return new TenureClient(spec, journal, clock, await connectStore(spec.store, clock.clock));
}

class TenureClient implements Contestant {
  readonly #name: string;
  readonly #life: number;
  readonly #journal: Journal;
  readonly #clock: ClientClock;
  readonly #connected: Connected;
  readonly #dcs: Dcs;
  readonly #acts: Acts;
  readonly #operations: Operations;
  readonly #looking: NodeJS.Timeout;
  readonly #viewing: NodeJS.Timeout;
  /** Aborts when it is to write nothing any more; when it is to leave. */
  readonly #calm = new AbortController();
  readonly #leaving = new AbortController();
  readonly #loops: readonly Promise<void>[];
  #lease: Lease | undefined;
  #release: () => void = () => undefined;
  #writes = 0;
  /** It stands for office no more. */
  #parting = false;

  constructor(spec: ClientSpec, journal: Journal, clock: ClientClock, connected: Connected) {
    const { name, life, scope, ttl, loopWait, retryTimeout } = spec;
    this.#name = name;
    this.#life = life;
    this.#journal = journal;
    this.#clock = clock;
    this.#connected = connected;
    const timing = { ttl, ...(loopWait && { loopWait }), ...(retryTimeout && { retryTimeout }) };
    this.#dcs = new Dcs({ store: connected.store, scope, name, timing, ownStore: true });
    this.#acts = new Acts(journal, name);
    this.#operations = new Operations(journal, name, life);
    subscribe('tenure:lease', (event) => this.#tell(event as LeaseEvent));
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY);
    this.#viewing = setInterval(() => {
      const { latest } = this.#dcs;
      if (latest !== undefined) this.#saw('latest', latest);
    }, VIEW_EVERY);
    this.#loops = [this.#compete(), this.#follow(), this.#operate()];
  }

  async obey(order: ContestantOrder): Promise<void> {
    switch (order.type) {
      case 'suspend':
        return this.#clock.suspend(order.ms);
      case 'step':
        return this.#clock.step(order.ms);
      case 'line':
        return await this.#connected.suffer(order.fault, order.ms ?? 0);
      case 'heal line':
        return await this.#connected.heal();
      case 'release':
        return this.#release();
      case 'retime':
        return await tolerant(this.#dcs.retime({ ...this.#dcs.timing, ttl: order.ttl }));
    }
  }

  calm(): void {
    this.#calm.abort();
  }

  async windUp(): Promise<void> {
    this.calm();
    this.#parting = true;
    if (this.#lease === undefined) this.#leaving.abort();
    else this.#release();
    const [competing] = this.#loops;
    await competing;
    this.#leaving.abort();
    await Promise.all(this.#loops);
    await this.#readConfig();
    await this.#readStatus();
    clearInterval(this.#looking);
    clearInterval(this.#viewing);
    this.#acts.flush();
    await this.#dcs.close();
  }

  async #compete(): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted && !this.#parting) {
      try {
        await lead(this.#dcs, (lease) => this.#serve(lease), { signal });
      } catch (error) {
        if (signal.aborted) return;
        if (!DcsError.is(error)) throw error;
        // An administrator may have to help: what `campaign` throws it throws at once.
        await sleep(this.#dcs.timing.loopWait);
      }
    }
  }

  async #serve(lease: Lease): Promise<void> {
    this.#lease = lease;
    const { signal } = lease;
    try {
      await new Promise<void>((resolve) => {
        this.#release = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } finally {
      this.#release = () => undefined;
      this.#lease = undefined;
      this.#acts.flush();
    }
  }

  #look(): void {
    const at = hostNow();
    const lease = this.#lease;
    if (lease === undefined) return;
    try {
      lease.assertHeld();
    } catch {
      return;
    }
    this.#acts.add(lease.token, at);
  }

  async #follow(): Promise<void> {
    const { signal } = this.#leaving;
    try {
      for await (const view of this.#dcs.watch({ signal })) this.#saw('watch', view);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #saw(what: 'watch' | 'latest', view: ClusterView): void {
    const { leader } = view;
    this.#journal.append({
      ...{ at: hostNow(), type: 'view', client: this.#name, watch: `${this.#name}/${this.#life}/${what}` },
      ...{ stale: view.stale, documents: ofView(view) },
      ...(leader && {
        leader: { name: leader.name, ...(leader.token !== undefined && { token: leader.token }) },
      }),
    });
  }

  async #operate(): Promise<void> {
    await tolerant(this.#dcs.announce({ state: 'running' }));
    const { signal } = this.#calm;
    while (!signal.aborted) {
      await sleep(OPERATE_EVERY * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
      const lease = this.#lease;
      if (lease !== undefined && !signal.aborted) await this.#writeStatus(lease);
      if (Math.random() < 0.2) await this.#readStatus();
      else if (!signal.aborted) await this.#updateConfig();
    }
  }

  /** Fenced, as every write of a leader, and with a renewal now and then. */
  async #writeStatus(lease: Lease): Promise<void> {
    const { token } = lease;
    const value = statusValue(token, ++this.#writes);
    const status = toStatus(value);
    const work = () => this.#dcs.status.write(status, { fence: lease });
    if (Math.random() < 0.75) await this.#operations.write('status', { value, token }, work);
    else await this.#operations.attempt('status', { value, token }, () => lease.renew({ status }));
  }

  /** Under the version that was read; as leader under the fence too. */
  async #updateConfig(): Promise<void> {
    const read = await this.#readConfig();
    if (read === undefined) return;
    const { version } = read;
    const lease = this.#lease;
    const value = `${this.#name}.${this.#life}.${++this.#writes}`;
    const write = { value, after: ofConfig(read.value), ...(lease && { token: lease.token }) };
    await this.#operations.write('config', write, () =>
      this.#dcs.config.write(toConfig(value), { version, ...(lease && { fence: lease }) }),
    );
  }

  #readConfig() {
    return this.#operations.read(
      'config',
      () => this.#dcs.config.read(),
      ({ value }) => ofConfig(value),
    );
  }

  async #readStatus(): Promise<void> {
    await this.#operations.read(
      'status',
      () => this.#dcs.status.read(),
      ({ value }) => ofStatus(value),
    );
  }

  /** An acquisition that came too late to be held is none: nobody was told that he leads. */
  #tell({ token, event, remaining, reason }: LeaseEvent): void {
    const at = hostNow();
    if (event === 'acquired' && remaining === 0) return;
    if (event === 'lost' || event === 'released') this.#acts.flush();
    const until = event === 'acquired' || event === 'renewed' ? { until: at + remaining } : {};
    const why = reason === undefined ? {} : { reason };
    this.#journal.append({ at, type: 'term', client: this.#name, token, event, ...until, ...why });
  }
}

/** What an outage throws is for the next round; everything else is a defect. */
async function tolerant(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!DcsError.is(error)) throw error;
  }
}
