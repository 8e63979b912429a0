import { type ClusterView, type MemberView, type TopologyNode, topologyOf, upstreamOf } from '@tenure/core';
import { isPlainCluster } from '../clusters.ts';
import type { Format } from './format.ts';
import { memberRows } from './members.ts';
import { noteParts } from './notes.ts';
import { kept, linesOf, type Part, spare, tableParts } from './parts.ts';
import { type Records, type Row, recordLines } from './records.ts';

export interface MemberTable {
  readonly extended: boolean;
  /** As a tree of who follows whom, instead of by name. */
  readonly tree: boolean;
}

const COLUMNS = ['Member', 'Host', 'Role', 'State', 'TL', 'Receive LSN', 'Receive Lag', 'Replay LSN', 'Replay Lag'];

/** The members of a view, in columns and order those of `patronictl list` (`output_members` in patroni/ctl.py). */
export function memberLines(view: ClusterView, format: Format, table: MemberTable): string[] {
  return linesOf(memberParts(view, format, table));
}

/** The same for a screen: the rows may be left out, and neither the headings nor what stands below the table. */
export function memberParts(view: ClusterView, format: Format, table: MemberTable): Part[] {
  const groups = [...view.groups.values()];
  return [
    ...(isPlainCluster(view) ? tableOf(view, [view], format, table) : []),
    ...(groups.length > 0 ? tableOf(view, groups, format, table) : []),
  ];
}

function tableOf(view: ClusterView, clusters: readonly ClusterView[], format: Format, table: MemberTable): Part[] {
  const isPretty = format === 'pretty';
  const { rows, optional } = memberRows(clusters, { extended: table.extended, hideLong: isPretty });
  const hasGroups = view.group !== undefined || clusters[0] !== view;
  const records: Records = {
    title: title(view, clusters),
    columns: [
      'Cluster',
      ...(hasGroups ? ['Group'] : []),
      ...(table.tree && !isPretty ? ['Follows'] : []),
      ...COLUMNS,
      ...optional,
    ],
    rows: clusters.flatMap((cluster) => (table.tree ? treeRows(cluster, rows, isPretty) : listRows(cluster, rows))),
    titled: view.group === undefined ? ['Cluster'] : ['Cluster', 'Group'],
    headers: { 'Receive Lag': 'Lag', 'Replay Lag': 'Lag' },
    right: ['Group', 'TL', 'Receive LSN', 'Receive Lag', 'Replay LSN', 'Replay Lag'],
    sparse: true,
    style: table.tree ? 'flow' : 'block',
  };
  const lines = recordLines(records, format);
  if (!isPretty) return [spare(...lines)];
  const isMany = clusters.length > 1 || clusters[0] !== view;
  const below: Part[] = [];
  for (const cluster of clusters) {
    const notes = noteParts(cluster);
    if (linesOf(notes).length > 0 && isMany) below.push(kept(`Citus group: ${cluster.group}`));
    below.push(...notes);
  }
  return [...tableParts(lines), ...below];
}

function title(view: ClusterView, clusters: readonly ClusterView[]): string {
  if (clusters[0] !== view) return `Citus cluster: ${view.scope}`;
  const { value, version } = view.initialize;
  const id = version === null ? 'uninitialized' : value || 'initializing';
  if (view.group !== undefined) return `Citus cluster: ${view.scope} (group: ${view.group}, ${id})`;
  return `Cluster: ${view.scope} (${id})`;
}

function listRows({ members }: ClusterView, rows: ReadonlyMap<MemberView, Row>): Row[] {
  return members.map((member) => rows.get(member) ?? {});
}

function treeRows(view: ClusterView, rows: ReadonlyMap<MemberView, Row>, isPretty: boolean): Row[] {
  const lines = ({ member, followers }: TopologyNode, level: number): Row[] => {
    const branch = level === 0 ? '' : `${'  '.repeat(level - 1)}+ `;
    const row: Row = isPretty ? { Member: branch + member.name } : { Follows: upstreamOf(view, member)?.name ?? '' };
    const own: Row = { ...rows.get(member), ...row };
    return [own, ...followers.flatMap((node) => lines(node, level + 1))];
  };
  // Below the leader who is not there stand those who would follow it.
  return topologyOf(view).flatMap((node) => lines(node, node.member === view.leader?.member ? 0 : 1));
}
