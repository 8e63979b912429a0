import { z } from 'zod';
import { type EtcdConfig, etcdSchema } from '../etcd-section.ts';
import { host, hosts, together, whole, withPort } from '../fields.ts';
import { PORTS } from '../ports.ts';
import { flag, numeric, type PatroniUrl, pems, plainDespite, url } from './fields.ts';
import type { Translated } from './translate.ts';

const own = etcdSchema.shape;

export const etcd3Schema = z.object(
  {
    proxy: url,
    url,
    hosts: hosts('never').optional(),
    host: host('never').optional(),
    port: numeric(whole(1, 65_535)).optional(),
    srv: own.srv,
    discovery_srv: own.srv,
    srv_domain: own.srv,
    srv_suffix: own.srv_suffix,
    protocol: z.enum(['http', 'https'], { error: 'http or https' }).optional(),
    use_proxies: flag,
    username: own.username,
    password: own.password,
    cacert: own.cacert,
    cert: own.cert,
    key: own.key,
  },
  { error: 'a mapping with hosts' },
);

type Etcd3 = z.infer<typeof etcd3Schema>;

/**
 * Of several ways to name endpoints Patroni takes `proxy`, then `url`, then SRV records, then `hosts`, then `host`; and from
 * `proxy` and `url` also the login, so that one beside them does not count (patroni/dcs/etcd.py).
 */
export function fromEtcd3(etcd3: Etcd3): Translated {
  const { hosts, host, port = PORTS.etcd, protocol = 'http', srv_suffix, username, password } = etcd3;
  const address = etcd3.proxy ?? etcd3.url;
  if (address !== undefined) return fromUrl(etcd3, address);
  const discover = etcd3.use_proxies !== true;
  const login = { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
  const wrong = together(etcd3, 'etcd3', 'username', 'password');
  const srv = etcd3.srv_domain ?? etcd3.discovery_srv ?? etcd3.srv;
  if (srv !== undefined) {
    const suffix = srv_suffix === undefined ? {} : { srv_suffix };
    return { section: { srv, ...suffix, discover, ...login, ...pems(etcd3) }, wrong, notes: [] };
  }
  const named = hosts ?? (host === undefined ? [] : [host]);
  if (named.length === 0) wrong.push('etcd3.hosts: missing; name hosts, host, url, proxy or srv');
  const endpoints = named.map((endpoint) => withPort(endpoint, port));
  return {
    section: { hosts: endpoints, discover, ...login, ...secured(etcd3, protocol) },
    wrong,
    notes: noted(etcd3, protocol),
  };
}

function fromUrl(etcd3: Etcd3, { scheme, host, port = PORTS.etcd, username, password }: PatroniUrl): Translated {
  const login = username === undefined || password === undefined ? {} : { username, password };
  const discover = etcd3.proxy === undefined && etcd3.use_proxies !== true;
  const [from] = etcd3.proxy === undefined ? ['url'] : ['proxy'];
  const lost = username === undefined && etcd3.username !== undefined;
  return {
    section: { hosts: [`${host}:${port}`], discover, ...login, ...secured(etcd3, scheme) },
    wrong: [],
    notes: [
      ...noted(etcd3, scheme),
      ...(lost ? [`etcd3.username: not used, for Patroni takes the login from etcd3.${from}, which names none`] : []),
    ],
  };
}

function secured(etcd3: Etcd3, protocol: 'http' | 'https'): EtcdConfig {
  return protocol === 'https' ? { tls: true, ...pems(etcd3) } : {};
}

function noted(etcd3: Etcd3, protocol: 'http' | 'https'): string[] {
  return protocol === 'https' ? [] : plainDespite(etcd3, 'etcd3', 'protocol: https');
}
