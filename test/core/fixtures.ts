import { Dcs, type DcsOptions } from '@tenure/core';
import { MemoryServer, memory, VirtualClock } from '@tenure/embedded';

/** A server on virtual time and Dcs clients of it: 30 s ttl, 10 s loop, 10 s retries. */
export class World {
  readonly clock = new VirtualClock();
  readonly server = new MemoryServer({ clock: this.clock });

  store() {
    return memory({ server: this.server });
  }

  dcs(name: string, options: Partial<DcsOptions> = {}): Dcs {
    return new Dcs({ store: this.store(), scope: 'batman', name, ...options });
  }
}

/** The lease, which must be there. */
export function held<T>(lease: T | undefined): T {
  if (lease === undefined) throw new Error('another member holds the lease');
  return lease;
}
