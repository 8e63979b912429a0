import { setTimeout as sleep } from 'node:timers/promises';
import { type Dcs, DcsError, type Lease } from '@tenure/core';
import { ofConfig, ofStatus, statusValue, toConfig, toStatus } from './documents.ts';
import type { Journal } from './journal.ts';
import { Operations } from './operations.ts';
import type { ClientSpec } from './spec.ts';

/** Milliseconds between two operations of one client, on an average. */
const OPERATE_EVERY = 400;

/** What one client does with documents, as leader and otherwise. Every value that it writes is its own. */
export class Workload {
  readonly #dcs: Dcs;
  readonly #operations: Operations;
  readonly #prefix: string;
  readonly #lease: () => Lease | undefined;
  #writes = 0;

  /** `lease`: the one that is held now. */
  constructor(dcs: Dcs, journal: Journal, { name, life }: ClientSpec, lease: () => Lease | undefined) {
    this.#dcs = dcs;
    this.#operations = new Operations(journal, name, life);
    this.#prefix = `${name}.${life}`;
    this.#lease = lease;
  }

  /** Resolves when `signal` has aborted and what was under way has come to its end. */
  async run(signal: AbortSignal): Promise<void> {
    await tolerant(this.#dcs.announce({ state: 'running' }));
    while (!signal.aborted) {
      await sleep(OPERATE_EVERY * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
      const lease = this.#lease();
      if (lease !== undefined && !signal.aborted) await this.#writeStatus(lease);
      if (Math.random() < 0.2) await this.#readStatus();
      else if (!signal.aborted) await this.#updateConfig();
    }
  }

  async readAll(): Promise<void> {
    await this.#readConfig();
    await this.#readStatus();
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
    const lease = this.#lease();
    const value = `${this.#prefix}.${++this.#writes}`;
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
}

/** What an outage throws is for the next round; everything else is a defect. */
export async function tolerant(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!DcsError.is(error)) throw error;
  }
}
