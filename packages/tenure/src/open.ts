import { Dcs, type Timing } from '@tenure/core';
import type { Config, ResolvedConfig } from './config.ts';
import { connect } from './connect.ts';
import { loadConfig } from './load.ts';

/**
 * Opens one member's hold on one scope, on the store that the configuration names: an object, the path of a YAML or JSON
 * file, or a URL such as `etcd://h1:2379,h2:2379/service/batman?ttl=30&name=node1`, `embedded:///var/lib/x.db?scope=batman&name=a`
 * or `embedded:?scope=batman&name=a`. Times are in SECONDS everywhere, under Patroni's names. Nothing is sent yet.
 * `close()` of the Dcs closes the store too.
 * @throws TypeError that lists each wrong field; RangeError when the store does not grant the timing
 */
export async function open(config: Config | string): Promise<Dcs> {
  return await openResolved(await loadConfig(config));
}

export async function openResolved(config: ResolvedConfig): Promise<Dcs> {
  const store = await connect(config);
  const { scope, name, namespace, group } = config;
  try {
    return new Dcs({
      store,
      scope,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(group === undefined ? {} : { group }),
      timing: toTiming(config),
      ownStore: true,
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Seconds to milliseconds: the only place. */
function toTiming({ ttl, loop_wait, retry_timeout, stop_budget }: ResolvedConfig): Partial<Timing> {
  return {
    ...(ttl === undefined ? {} : { ttl: ttl * 1000 }),
    ...(loop_wait === undefined ? {} : { loopWait: loop_wait * 1000 }),
    ...(retry_timeout === undefined ? {} : { retryTimeout: retry_timeout * 1000 }),
    ...(stop_budget === undefined ? {} : { stopBudget: stop_budget * 1000 }),
  };
}
