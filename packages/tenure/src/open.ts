import { Dcs, type DcsOptions } from '@tenure/core';
import type { Config, ResolvedConfig } from './config.ts';
import { connect, consulOptions } from './connect.ts';
import type { ConsulSection } from './consul-section.ts';
import { loadConfig } from './load.ts';
import { RegisteredDcs } from './registered.ts';
import { toTiming } from './timing.ts';

/**
 * Opens one member's hold on one scope, on the store that the configuration names: an object; the path of a YAML or JSON
 * file, of a `patroni.yml` or of a folder of Patroni's files; `patroni:` for its environment alone; or a URL such as `etcd://h1:2379,h2:2379/service/batman?ttl=30&name=node1`, `consul://h1:8500/batman?name=node1`,
 * `zookeeper://h1:2181/batman?name=node1`, `embedded:///var/lib/x.db?scope=batman&name=a` or `embedded:?scope=batman&name=a`. Times are in SECONDS everywhere, under Patroni's names. Nothing is sent yet.
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
    const options: DcsOptions = {
      store,
      scope,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(group === undefined ? {} : { group }),
      timing: toTiming(config, store),
      ownStore: true,
    };
    return config.consul?.register_service === true ? await registered(options, config.consul) : new Dcs(options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function registered(options: DcsOptions, section: ConsulSection): Promise<Dcs> {
  const { service_tags, service_check_interval, service_check_tls_server_name } = section;
  const { consulService } = await import('@tenure/consul');
  return new RegisteredDcs(options, (ttl) =>
    consulService(consulOptions({ ...section, consistency: 'consistent' }), {
      scope: options.scope,
      name: options.name,
      ttl,
      ...(service_tags === undefined ? {} : { tags: service_tags }),
      ...(service_check_interval === undefined ? {} : { checkInterval: service_check_interval * 1000 }),
      ...(service_check_tls_server_name === undefined ? {} : { checkTlsServerName: service_check_tls_server_name }),
    }),
  );
}
