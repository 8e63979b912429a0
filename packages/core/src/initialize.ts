import { Document, type WriteOptions } from './document.ts';
import { initializeCodec } from './documents/initialize.ts';
import type { Office } from './office.ts';
import type { Version } from './store.ts';

/** The race to bootstrap a cluster: empty while somebody bootstraps, then the cluster's identity; absent before. */
export class InitializeDocument extends Document<string> {
  /** Dcs makes it. */
  constructor(office: Office) {
    super(office, initializeCodec);
  }

  /**
   * Enters the race. Resolves to the version of the claim, or to `undefined` when somebody was first. A claim carries no
   * name, so a lost reply cannot be settled: it is thrown as `maybeApplied`, never taken for a refusal.
   * @throws what `write` throws
   */
  async claim(options: Pick<WriteOptions, 'signal' | 'fence'> = {}): Promise<Version | undefined> {
    return await this.write('', { ...options, version: null });
  }
}
