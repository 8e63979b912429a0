import type { ClusterView, MemberView } from '../view.ts';
import { lagOf, positionOf } from './lag.ts';
import { isQuorumCommitMode, isSynchronousMode, isTimelineChecked, maximumLagOnFailover } from './mode.ts';
import { isSynchronous, isSynchronousActive } from './synchronous.ts';
import { tagsOf } from './tags.ts';

/** A switchover takes the office from a leader who gives it up; a failover gives it to a member by name. */
export type LeaderChange = 'switchover' | 'failover';

/** Why a member is no candidate. */
export interface Obstacle {
  readonly code:
    | 'no-leader'
    | 'leader'
    | 'unreadable'
    | 'nofailover'
    | 'not-synchronous'
    | 'not-running'
    | 'no-api-url'
    | 'lag-unknown'
    | 'lagging'
    | 'timeline';
  /** Goes on after the member's name: `is the leader`. */
  readonly message: string;
}

export interface Candidates {
  readonly eligible: readonly MemberView[];
  readonly ineligible: readonly {
    readonly member: MemberView;
    /** All there are, the weightiest first; one at least. */
    readonly obstacles: readonly Obstacle[];
  }[];
}

/**
 * Which members may take over, and what keeps each of the others from it, both by name. The rules are those of all who
 * have a say in Patroni: `patronictl`, `is_failover_possible` of its REST API and of the leader's loop, and the members'
 * own race when nobody leads (patroni/ctl.py, api.py, ha.py). They ask the members themselves; a view is older by a loop,
 * so a candidate may yet be refused.
 *
 * A field that no member of a cluster writes is none of its daemon's, and missing it is no obstacle.
 */
export function candidates(view: ClusterView, change: LeaderChange): Candidates {
  const eligible: MemberView[] = [];
  const ineligible: Candidates['ineligible'][number][] = [];
  for (const member of view.members) {
    const obstacles = obstaclesOf(view, member, change);
    if (obstacles.length === 0) eligible.push(member);
    else ineligible.push({ member, obstacles });
  }
  return { eligible, ineligible };
}

function obstaclesOf(view: ClusterView, member: MemberView, change: LeaderChange): Obstacle[] {
  const { data, name } = member;
  if (view.isUnlocked && change === 'switchover') {
    return [{ code: 'no-leader', message: 'has no leader to take over from' }];
  }
  if (name === view.leader?.name) return [{ code: 'leader', message: 'is the leader' }];
  if (member.problem !== undefined && Object.keys(data).length === 0) {
    return [{ code: 'unreadable', message: `has a key that cannot be read: ${member.problem}` }];
  }
  const obstacles: Obstacle[] = [];
  if (tagsOf(data).nofailover) obstacles.push({ code: 'nofailover', message: 'is tagged nofailover' });
  if (change === 'switchover' && mustBeSynchronous(view) && !isSynchronous(view, name)) {
    obstacles.push({ code: 'not-synchronous', message: 'is not a synchronous standby' });
  }
  if (data.state !== undefined && NOT_RUNNING.has(data.state)) {
    obstacles.push({ code: 'not-running', message: `is not running: ${data.state}` });
  }
  if (!data.api_url && view.members.some((one) => one.data.api_url)) {
    obstacles.push({ code: 'no-api-url', message: 'has no api_url at which it could be asked' });
  }
  // A leader hands over to no one who is behind; when there is none, a member that is named races regardless.
  return view.isUnlocked ? obstacles : [...obstacles, ...behind(view, member)];
}

/** Quorum commit lets anybody race as long as `sync` is empty. */
function mustBeSynchronous(view: ClusterView): boolean {
  return isQuorumCommitMode(view) ? isSynchronousActive(view) : isSynchronousMode(view);
}

function behind(view: ClusterView, member: MemberView): Obstacle[] {
  const obstacles: Obstacle[] = [];
  const [lag, most] = [lagOf(view, member), maximumLagOnFailover(view)];
  if (lag !== undefined && lag > most) {
    obstacles.push({ code: 'lagging', message: `is ${lag} bytes behind, over maximum_lag_on_failover ${most}` });
  }
  const isTold = view.status.value?.optime && view.members.some(({ data }) => positionOf(data) !== undefined);
  if (isTold && positionOf(member.data) === undefined) {
    obstacles.push({ code: 'lag-unknown', message: 'does not tell how far it is' });
  }
  const { timeline } = member.data;
  if (isTimelineChecked(view) && (!timeline || timeline < view.timeline)) {
    const message = timeline
      ? `is on timeline ${timeline}, and the cluster on ${view.timeline}`
      : 'does not tell its timeline';
    obstacles.push({ code: 'timeline', message });
  }
  return obstacles;
}

/**
 * The states of Patroni in which PostgreSQL answers nobody (`PostgresqlState` in patroni/postgresql/misc.py). Other
 * daemons have words of their own.
 */
const NOT_RUNNING: ReadonlySet<string> = new Set([
  'starting',
  'stopped',
  'stopping',
  'crashed',
  'restarting',
  'creating replica',
  'initializing new cluster',
  'initdb failed',
  'running custom bootstrap script',
  'custom bootstrap failed',
  'starting after custom bootstrap',
  'start failed',
  'restart failed',
  'stop failed',
]);
