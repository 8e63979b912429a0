import { z } from 'zod';
import { consulSchema } from '../consul-section.ts';
import { host, listOrNone, text, whole, withPort } from '../fields.ts';
import { PORTS } from '../ports.ts';
import { flag, numeric, pems, plainDespite, url } from './fields.ts';
import type { Translated } from './translate.ts';

const own = consulSchema.shape;

export const patroniConsulSchema = z.object(
  {
    url,
    host: host('never').optional(),
    port: numeric(whole(1, 65_535)).optional(),
    scheme: own.scheme,
    token: own.token,
    verify: flag,
    cacert: own.cacert,
    cert: own.cert,
    key: own.key,
    dc: own.dc,
    consistency: own.consistency,
    checks: listOrNone(text('the id of a health check'), 'a list of health checks').optional(),
    register_service: flag,
    service_tags: own.service_tags,
    service_check_interval: own.service_check_interval,
    service_check_tls_server_name: own.service_check_tls_server_name,
    token_file: own.token_file,
    session_ttl_min: own.session_ttl_min,
  },
  { error: 'a mapping' },
);

type PatroniConsul = z.infer<typeof patroniConsulSchema>;

/** `url` counts before `host`, and without both it is the agent of this host (patroni/dcs/consul.py). */
export function fromConsul(consul: PatroniConsul): Translated {
  const { url, host = '127.0.0.1', port, scheme: asked, verify, cacert, cert, key, ...same } = consul;
  const scheme = url?.scheme ?? asked ?? 'http';
  const endpoint = url === undefined ? withPort(host, port ?? PORTS.consul) : `${url.host}:${url.port ?? PORTS.consul}`;
  const secure = scheme === 'https';
  const wrong: string[] = [];
  if (same.token !== undefined && same.token_file !== undefined) {
    wrong.push('consul.token, consul.token_file: name only one of them');
  }
  if (secure && verify === false && cacert === undefined) {
    wrong.push('consul.verify: false is not true: certificates are always checked; name their authority in cacert');
  }
  const files = { cacert, cert, key };
  return {
    section: {
      ...Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined)),
      hosts: [endpoint],
      ...(secure ? { scheme, ...pems(files) } : {}),
    },
    wrong,
    notes: secure ? [] : plainDespite(files, 'consul', 'scheme: https'),
  };
}
