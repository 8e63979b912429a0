import type { ConsulService } from '@tenure/consul';
import { Dcs, type DcsOptions, type MemberData, type OperationOptions } from '@tenure/core';

/** A Dcs whose member is also a service of Consul's catalog, as Patroni's `register_service` makes it. */
export class RegisteredDcs extends Dcs {
  readonly #service: ConsulService;

  constructor(options: DcsOptions, toService: (ttl: number) => ConsulService) {
    super(options);
    this.#service = toService(this.timing.ttl);
  }

  /** The registration comes second. When it fails that is a warning: the member and its lease do not depend on it. */
  override async announce(data: MemberData, options: OperationOptions = {}): Promise<void> {
    await super.announce(data, options);
    try {
      const { ttl, retryTimeout } = this.timing;
      await this.#service.update(data, { ...options, ttl, timeout: retryTimeout });
    } catch (error) {
      process.emitWarning(`the member is not registered: ${(error as Error).message}`, 'TenureWarning');
    }
  }

  override async close(): Promise<void> {
    try {
      await super.close();
    } finally {
      this.#service.close();
    }
  }
}
