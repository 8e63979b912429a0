import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClusterView, Dcs, DcsError, type Lease, type LeaseEvent, lead } from '@tenure/core';
import { hostNow } from '../../clients/host-now.ts';
import { Acts } from './acts.ts';
import { ClientClock } from './client-clock.ts';
import { ofView } from './documents.ts';
import type { Journal } from './journal.ts';
import type { Contestant, ContestantOrder } from './kinds.ts';
import type { ClientSpec } from './spec.ts';
import { type Connected, connectStore } from './store.ts';
import { tolerant, Workload } from './workload.ts';

/** Milliseconds between two looks at the lease, and between two looks at the latest view. */
const LOOK_EVERY = 4;
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
  readonly #workload: Workload;
  readonly #looking: NodeJS.Timeout;
  readonly #viewing: NodeJS.Timeout;
  /** Aborts when it is to write nothing any more; when it is to leave. */
  readonly #calm = new AbortController();
  readonly #leaving = new AbortController();
  readonly #loops: readonly Promise<void>[];
  #lease: Lease | undefined;
  #release: () => void = () => undefined;
  /** It stands for office no more. */
  #parting = false;
  /** Its watch has told a state since it took office: no other watch, a campaign's, is what `latest` came from. */
  #watchedInOffice = false;

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
    this.#workload = new Workload(this.#dcs, journal, spec, () => this.#lease);
    subscribe('tenure:lease', (event) => this.#tell(event as LeaseEvent));
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY);
    this.#viewing = setInterval(() => {
      const { latest } = this.#dcs;
      if (this.#watchedInOffice && latest !== undefined) this.#saw('latest', latest);
    }, VIEW_EVERY);
    this.#loops = [this.#compete(), this.#follow(), this.#workload.run(this.#calm.signal)];
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
    await this.#workload.readAll();
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
    this.#watchedInOffice = false;
    const { signal } = lease;
    try {
      await new Promise<void>((resolve) => {
        this.#release = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } finally {
      this.#release = () => undefined;
      this.#lease = undefined;
      this.#watchedInOffice = false;
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
      for await (const view of this.#dcs.watch({ signal })) {
        this.#watchedInOffice = this.#lease !== undefined;
        this.#saw('watch', view);
      }
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

  /** An acquisition that came too late to be held is none: nobody was told that he leads. */
  #tell({ token, event: told, remaining, reason }: LeaseEvent): void {
    const at = hostNow();
    if ((told === 'acquired' && remaining === 0) || told === 'retimed') return;
    // Whoever leaves has given its office up.
    const event = told === 'lost' && this.#leaving.signal.aborted ? 'released' : told;
    if (event === 'lost' || event === 'released') this.#acts.flush();
    const until = event === 'acquired' || event === 'renewed' ? { until: at + remaining } : {};
    const why = reason === undefined ? {} : { reason };
    this.#journal.append({ at, type: 'term', client: this.#name, token, event, ...until, ...why });
  }
}
