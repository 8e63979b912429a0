import type { ClusterView } from '@tenure/core';
import { Command } from 'commander';
import { ofCluster } from './cluster-argument.ts';
import type { Format } from './format.ts';
import { type LookOptions, look, type Rendered, withLook } from './look.ts';
import { spare, tableParts } from './parts.ts';
import { recordLines } from './records.ts';

export function historyCommand(): Command {
  return withLook(
    new Command('history').description('The changes of the timeline: when, why, and who led from then on.'),
  )
    .addHelpText(
      'after',
      `
Of a Citus cluster the coordinator's, or that of --group.

Examples:
  $ tenure history --store etcd://10.0.0.1:2379/batman
  $ tenure history --scope batman --format tsv | cut -f5`,
    )
    .action(ofCluster(async (flags: LookOptions) => await look(flags, historyOf)));
}

function historyOf(view: ClusterView, format: Format): Rendered {
  const { value, version, problem } = coordinatorOf(view).history;
  if (value === undefined && version !== null) return { parts: [], problem };
  const rows = (value ?? []).map(({ timeline, lsn, reason, timestamp, leader }) => ({
    TL: timeline,
    LSN: lsn,
    Reason: reason,
    Timestamp: timestamp,
    'New Leader': leader,
  }));
  const lines = recordLines({ columns: COLUMNS, rows, right: ['TL', 'LSN'] }, format);
  return { parts: format === 'pretty' ? tableParts(lines) : [spare(...lines)], problem };
}

const COLUMNS = ['TL', 'LSN', 'Reason', 'Timestamp', 'New Leader'];

/** What a cluster with groups has once is the coordinator's. */
export function coordinatorOf(view: ClusterView): ClusterView {
  return view.groups.get(0) ?? view;
}
