import {
  addressOf,
  type ClusterView,
  formatLsn,
  lagOf,
  type MemberData,
  type MemberView,
  positionOf,
  receiveLagOf,
  replayLagOf,
  roleOf,
} from '@tenure/core';
import type { Row } from './records.ts';

/** Columns that are there when somebody has something for them, or all when asked for. */
const EXTENDED = ['Pending restart', 'Pending restart reason', 'Scheduled restart', 'Tags'] as const;

export interface MemberColumns {
  /** All four optional columns. */
  readonly extended: boolean;
  /** Long reasons are hidden from people, so that the table stays one. */
  readonly hideLong: boolean;
}

/** The members of some clusters as rows, and the optional columns that they need. */
export function memberRows(
  clusters: readonly ClusterView[],
  { extended, hideLong }: MemberColumns,
): { readonly rows: Map<MemberView, Row>; readonly optional: readonly string[] } {
  const all = clusters.flatMap((view) => view.members.map((member) => ({ view, member })));
  const addresses = all.flatMap(({ member }) => addressOf(member.data) ?? []);
  const hosts = new Set(addresses.map(({ host }) => host));
  const withPort = addresses.some(({ port }) => port !== 5432) || hosts.size < addresses.length;
  const rows = new Map(
    all.map(({ view, member }) => {
      const { data, name } = member;
      const role = roleOf(view, name);
      const row: Row = {
        Cluster: view.scope,
        Group: view.group,
        Member: name,
        Host: hostText(data, withPort),
        Role: role.replace('_', ' ').replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
        State: (role === 'leader' ? undefined : data.replication_state) || data.state || '',
        TL: data.timeline,
        ...(name === view.leader?.name ? {} : positions(view, member)),
        ...restarts(data, hideLong),
        Tags: data.tags !== undefined && Object.keys(data.tags).length > 0 ? data.tags : undefined,
      };
      return [member, row] as const;
    }),
  );
  const optional = EXTENDED.filter((column) => extended || [...rows.values()].some((row) => row[column] ?? ''));
  return { rows, optional };
}

/** The port stands there when one is not PostgreSQL's own, or when two members are on one host. */
function hostText(data: MemberData, withPort: boolean): string {
  const address = addressOf(data);
  if (address === undefined) return typeof data.host === 'string' ? data.host : '';
  return withPort ? `${address.host}:${address.port}` : address.host;
}

/** Before 4.1 a member told one position: that of who streams is what it received, of others what they replayed. */
function positions(view: ClusterView, member: MemberView): Row {
  const { receive_lsn, replay_lsn, replication_state, state } = member.data;
  const known = positionOf(member.data);
  if (!receive_lsn && !replay_lsn && known !== undefined) {
    const [lsn, lag] = [formatLsn(known), megabytes(lagOf(view, member))];
    const isStreaming = (replication_state || state) === 'streaming';
    return isStreaming
      ? { 'Receive LSN': lsn, 'Receive Lag': lag, 'Replay LSN': 'unknown' }
      : { 'Receive LSN': 'unknown', 'Replay LSN': lsn, 'Replay Lag': lag };
  }
  return {
    'Receive LSN': receive_lsn ? formatLsn(receive_lsn) : 'unknown',
    'Receive Lag': megabytes(receiveLagOf(view, member)),
    'Replay LSN': replay_lsn ? formatLsn(replay_lsn) : 'unknown',
    'Replay Lag': megabytes(replayLagOf(view, member)),
  };
}

/** Whole megabytes, a half to the even one, as Python rounds. */
function megabytes(lag: number | undefined): number | undefined {
  if (lag === undefined) return undefined;
  const exact = lag / 2 ** 20;
  return exact % 2 === 0.5 ? Math.floor(exact) : Math.round(exact);
}

const LONGEST_REASON = 50;

function restarts(data: MemberData, hideLong: boolean): Row {
  const { pending_restart, pending_restart_reason = {}, scheduled_restart } = data;
  const reasons = Object.entries(pending_restart_reason).map(([parameter, change]) => {
    const { old_value, new_value } = (change ?? {}) as Record<string, unknown>;
    const reason = `${parameter}: ${String(old_value)}->${String(new_value)}`.replaceAll('\n', ' ');
    return hideLong && reason.length > LONGEST_REASON ? `${parameter}: [hidden - too long]` : reason;
  });
  const { schedule, postgres_version: version } = scheduled_restart ?? {};
  const condition = version === undefined ? '' : ` if version < ${String(version)}`;
  return {
    'Pending restart': pending_restart === true ? '*' : '',
    'Pending restart reason': reasons.join('\n'),
    'Scheduled restart': schedule === undefined ? '' : `${String(schedule)}${condition}`,
  };
}
