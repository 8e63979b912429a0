import { type Dcs, DcsError, type Lease, type Version } from '@tenure/core';
import type { ReturnEvent, Value } from '../history/event.ts';
import type { Recorder } from './recorder.ts';

/** What a call said of itself when it was over. */
type Outcome = Pick<ReturnEvent, 'outcome' | 'value' | 'error'>;

/** The documents' operations of one client, each with its call and its return in the history. */
export class Operations {
  readonly #dcs: Dcs;
  readonly #client: string;
  readonly #recorder: Recorder;

  constructor(dcs: Dcs, client: string, recorder: Recorder) {
    this.#dcs = dcs;
    this.#client = client;
    this.#recorder = recorder;
  }

  async read(document: 'config' | 'initialize'): Promise<void> {
    await this.#reading(document);
  }

  /** `update` may read and write several times: each write is an operation of its own. */
  async update(): Promise<void> {
    let settle: ((outcome: Outcome) => void) | undefined;
    try {
      await this.#dcs.config.update((current) => {
        // It is asked again because the write before was refused.
        settle?.({ outcome: 'refused' });
        const value = this.#value();
        settle = this.#call('config', { operation: 'write', value, after: content(current) });
        return { v: value };
      });
      settle?.({ outcome: 'ok' });
    } catch (error) {
      settle?.(failure(error));
    }
  }

  /** A guarded write after a read, with time in between. */
  async readAndWrite(): Promise<void> {
    const found = await this.#reading('config');
    if (found === undefined) return;
    const value = this.#value();
    const settle = this.#call('config', { operation: 'write', value, after: found.value });
    await this.#writing(settle, this.#dcs.config.write({ v: value }, { version: found.version }));
  }

  /** Under the lease's fence; `guarded` by what is there too. */
  async writeFenced(lease: Lease, guarded: boolean): Promise<void> {
    if (!guarded) return await this.sendFenced(lease);
    const found = await this.#reading('initialize');
    if (found === undefined) return;
    const value = this.#value();
    const settle = this.#call('initialize', {
      operation: 'write',
      value,
      after: found.value,
      token: lease.token,
    });
    await this.#writing(settle, this.#dcs.initialize.write(value, { fence: lease, version: found.version }));
  }

  async sendFenced(lease: Lease): Promise<void> {
    const value = this.#value();
    const settle = this.#call('initialize', { operation: 'write', value, token: lease.token });
    await this.#writing(settle, this.#dcs.initialize.write(value, { fence: lease }));
  }

  /** With a new status, which a renewal that succeeds has written; so may one whose lease ran out before the answer. */
  async renew(lease: Lease): Promise<void> {
    const value = this.#value();
    const settle = this.#call('status', { operation: 'write', value, token: lease.token });
    try {
      await lease.renew({ status: { optime: Number(value) } });
      settle({ outcome: 'ok' });
    } catch (error) {
      settle({ outcome: 'unknown', ...(DcsError.is(error) && { error: error.code }) });
      throw error;
    }
  }

  /** With a last status. A release that was refused is not told from one that was done. */
  async release(lease: Lease): Promise<void> {
    const value = this.#value();
    const settle = this.#call('status', { operation: 'write', value, token: lease.token });
    try {
      await lease.release({ status: { optime: Number(value) } });
    } finally {
      settle({ outcome: 'unknown' });
    }
  }

  async #reading(document: 'config' | 'initialize'): Promise<{ value: Value; version: Version | null } | undefined> {
    const settle = this.#call(document, { operation: 'read' });
    try {
      const { value, version } =
        document === 'config' ? await this.#dcs.config.read() : await this.#dcs.initialize.read();
      const found = { value: typeof value === 'string' ? value : content(value), version };
      settle({ outcome: 'ok', value: found.value });
      return found;
    } catch (error) {
      settle(failure(error));
      return undefined;
    }
  }

  async #writing(settle: (outcome: Outcome) => void, written: Promise<Version | undefined>): Promise<void> {
    try {
      settle({ outcome: (await written) === undefined ? 'refused' : 'ok' });
    } catch (error) {
      settle(failure(error));
    }
  }

  #value(): string {
    return String(this.#recorder.value());
  }

  #call(
    document: string,
    what: { operation: 'read' } | { operation: 'write'; value: string; after?: Value; token?: number },
  ): (outcome: Outcome) => void {
    const id = this.#recorder.call();
    this.#recorder.record({ type: 'call', client: this.#client, id, document, ...what });
    return (outcome) => this.#recorder.record({ type: 'return', id, ...outcome });
  }
}

function content(config: { readonly [key: string]: unknown } | undefined): Value {
  return (config?.v as Value | undefined) ?? null;
}

/** @throws what no contract allows */
function failure(error: unknown): Outcome {
  if (!DcsError.is(error)) throw error;
  if (error.maybeApplied) return { outcome: 'unknown', error: error.code };
  return { outcome: error.code === 'LEASE_LOST' ? 'refused' : 'failed', error: error.code };
}
