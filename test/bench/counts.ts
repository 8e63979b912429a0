import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Counts } from './target.ts';

/** etcd's own counters: go-grpc-prometheus counts every message, also those of streams that stay open. */
export function etcdCounts(metrics: string): Counts {
  const requests = new Map<string, number>();
  for (const [, method = '', count] of metrics.matchAll(
    /^grpc_server_msg_received_total\{grpc_method="(\w+)",.*\} (\S+)$/gm,
  )) {
    requests.set(method, (requests.get(method) ?? 0) + Number(count));
  }
  const [, committed] = /^etcd_server_proposals_committed_total (\S+)$/m.exec(metrics) ?? [];
  return { requests, consensusWrites: Number(committed) };
}

/** Consul's telemetry in the format of Prometheus, in which it adds up from the start. */
export async function consulMetrics(endpoint: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const path = '/v1/agent/metrics?format=prometheus';
    get(`http://${endpoint}${path}`, { agent: false }, (response) => text(response).then(resolve, reject)).on(
      'error',
      reject,
    );
  });
}

/** HTTP requests by method and path, once they are answered; and what sessions, keys and transactions made raft write. */
export function consulCounts(metrics: string): Counts {
  const requests = new Map<string, number>();
  for (const [, verb, path = '', count] of metrics.matchAll(/^consul_http_([A-Z]+)_v1_(\w+?)_*_count (\S+)$/gm)) {
    if (!path.startsWith('agent_')) requests.set(`${verb} ${path.replaceAll('_', '/')}`, Number(count));
  }
  let consensusWrites = 0;
  for (const [, count] of metrics.matchAll(/^consul_fsm_(?:session|kvs|txn)_count(?:\{.*\})? (\S+)$/gm)) {
    consensusWrites += Number(count);
  }
  return { requests, consensusWrites };
}

/**
 * `mntr` of ZooKeeper: updates are what went through the leader's agreement, multis above all, also those that only check;
 * of the reads the answers with data and with children are counted on their own, so the rest asked whether a znode is there.
 */
export function zookeeperCounts(mntr: string): Counts {
  const count = (name: string) => Number(new RegExp(`^zk_${name}\\s+(\\d+)$`, 'm').exec(mntr)?.[1]);
  const updates = count('cnt_updatelatency');
  const data = count('response_packet_cache_hits') + count('response_packet_cache_misses');
  const children =
    count('response_packet_get_children_cache_hits') + count('response_packet_get_children_cache_misses');
  const exists = count('cnt_readlatency') - data - children;
  const requests = new Map(Object.entries({ multi: updates, getData: data, getChildren: children, exists }));
  return { requests, consensusWrites: updates };
}
