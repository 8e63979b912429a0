import { type Heal, linkHarness } from '@tenure/conformance';
import { consul } from '@tenure/consul';
import type { Clock, Store } from '@tenure/core';
import { file } from '@tenure/embedded';
import { etcd } from '@tenure/etcd';
import { zookeeper } from '@tenure/zookeeper';
import { SESSION_TTL_MIN, TICK } from '../../clients/connect.ts';
import type { LineFault, StoreSpec } from './spec.ts';

/** Milliseconds; more than any client asks for. */
const MAX_TTL = 60_000;

/** A store, and the faults of its own link if it has no address. */
export interface Connected {
  readonly store: Store;
  /** @throws TypeError when the line has a proxy, which whoever owns it breaks */
  suffer(fault: LineFault, ms: number): Promise<void>;
  heal(): Promise<void>;
}

export async function connectStore(spec: StoreSpec, clock: Clock): Promise<Connected> {
  if (spec.type === 'embedded') return await linked(spec.path, clock);
  return {
    store: connectServer(spec, clock),
    suffer: async () => {
      throw new TypeError(`${spec.type}: its line is broken in the proxy`);
    },
    heal: async () => undefined,
  };
}

function connectServer(spec: Exclude<StoreSpec, { type: 'embedded' }>, clock: Clock): Store {
  const { endpoints, username, password } = spec;
  switch (spec.type) {
    case 'etcd': {
      const login = username === undefined || password === undefined ? {} : { username, password };
      return etcd({ endpoints, clock, ...login });
    }
    case 'consul':
      return consul({ endpoints, clock, sessionTtlMin: SESSION_TTL_MIN });
    case 'zookeeper':
      return zookeeper({ hosts: endpoints, clock, tickTime: TICK, maxTtl: MAX_TTL });
  }
}

/** A client of the file that is reached through a link which can be broken. */
async function linked(path: string, clock: Clock): Promise<Connected> {
  const { connect, faults } = linkHarness({
    ...{ name: 'embedded', ttl: 100, grace: 0 },
    connect: async () => file(path, { clock }),
  });
  const store = await connect();
  const heals: Heal[] = [];
  return {
    store,
    suffer: async (fault, ms) => {
      if (fault === 'reset') await faults?.reset?.(store);
      else {
        const heal = await (fault === 'delay' ? faults?.delay?.(store, ms) : faults?.[fault]?.(store));
        if (heal !== undefined) heals.push(heal);
      }
    },
    heal: async () => {
      for (const heal of heals.splice(0)) await heal();
    },
  };
}
