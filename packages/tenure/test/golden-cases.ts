import type { clusters } from './patroni-clusters.ts';

/** A command on a cluster, and the file in `golden/` that holds what patronictl 4.1.5 printed for it. */
export interface GoldenCase {
  readonly golden: string;
  readonly cluster: keyof typeof clusters;
  readonly args: readonly string[];
}

export const goldenCases: readonly GoldenCase[] = [
  { golden: 'list-small.txt', cluster: 'small', args: ['list'] },
  { golden: 'list-small-extended.txt', cluster: 'small', args: ['list', '-e'] },
  { golden: 'list-small-tsv.txt', cluster: 'small', args: ['list', '--format', 'tsv'] },
  { golden: 'list-small-yaml.txt', cluster: 'small', args: ['list', '--format', 'yaml'] },
  { golden: 'list-large.txt', cluster: 'large', args: ['list'] },
  { golden: 'list-large-json.txt', cluster: 'large', args: ['list', '--format', 'json'] },
  { golden: 'list-quorum.txt', cluster: 'quorum', args: ['list'] },
  { golden: 'list-standby.txt', cluster: 'standby', args: ['list'] },
  { golden: 'list-one-host.txt', cluster: 'oneHost', args: ['list'] },
  { golden: 'list-citus.txt', cluster: 'citus', args: ['list'] },
  { golden: 'list-citus-json.txt', cluster: 'citus', args: ['list', '--format', 'json'] },
  { golden: 'list-citus-group.txt', cluster: 'citus', args: ['list', '--group', '1'] },
  { golden: 'list-initializing.txt', cluster: 'initializing', args: ['list'] },
  { golden: 'list-empty.txt', cluster: 'empty', args: ['list', '-e'] },
  { golden: 'topology-large.txt', cluster: 'large', args: ['topology'] },
  { golden: 'topology-leaderless.txt', cluster: 'leaderless', args: ['topology'] },
  { golden: 'topology-citus.txt', cluster: 'citus', args: ['topology'] },
  { golden: 'history-small.txt', cluster: 'small', args: ['history'] },
  { golden: 'history-small-tsv.txt', cluster: 'small', args: ['history', '--format', 'tsv'] },
  { golden: 'history-small-json.txt', cluster: 'small', args: ['history', '--format', 'json'] },
  { golden: 'history-citus-yaml.txt', cluster: 'citus', args: ['history', '--format', 'yaml'] },
  { golden: 'history-empty.txt', cluster: 'empty', args: ['history'] },
  { golden: 'show-config-small-yaml.txt', cluster: 'small', args: ['show-config'] },
  { golden: 'show-config-citus-yaml.txt', cluster: 'citus', args: ['show-config', '--group', '1'] },
];
