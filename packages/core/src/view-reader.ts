import type { Clock } from './clock.ts';
import type { Codec, Decoded, Versioned } from './codec.ts';
import { configCodec } from './documents/config.ts';
import { failoverCodec } from './documents/failover.ts';
import { failsafeCodec } from './documents/failsafe.ts';
import { historyCodec, timelineOf } from './documents/history.ts';
import { initializeCodec } from './documents/initialize.ts';
import { memberEncoding } from './documents/member.ts';
import { statusCodec } from './documents/status.ts';
import { syncCodec } from './documents/sync.ts';
import type { KeyName, Layout } from './layout.ts';
import type { Entry, Snapshot } from './store.ts';
import type { ClusterView, LeaderView, MemberView, Problem } from './view.ts';

/** The entries of one cluster: of a scope without groups, or of one group. */
interface ClusterEntries {
  readonly keys: Map<KeyName, Entry>;
  readonly members: Map<string, Entry>;
}

/** Sorts a snapshot into clusters. A worker sees its own; a coordinator, and a reader without a group, every group of the scope. */
export class ViewReader {
  readonly #layout: Layout;
  readonly #snapshot: Snapshot;
  readonly #clock: Clock;
  readonly #clusters = new Map<number | undefined, ClusterEntries>();
  readonly #foreign: Problem[] = [];

  constructor(layout: Layout, snapshot: Snapshot, clock: Clock) {
    this.#layout = layout;
    this.#snapshot = snapshot;
    this.#clock = clock;
    for (const [key, entry] of snapshot.entries) this.#sort(key, entry);
  }

  read(): ClusterView {
    const { group } = this.#layout;
    const none = new Map<number, ClusterView>();
    const workers = group === 0 ? this.#others(0) : none;
    const groups = group === undefined ? this.#others(undefined) : none;
    return this.#cluster(this.#layout, { workers, groups }, this.#foreign);
  }

  /** Every group but `own`, in order. */
  #others(own: number | undefined): Map<number, ClusterView> {
    const others = [...this.#clusters.keys()].filter((group) => group !== undefined && group !== own);
    const none = { workers: new Map(), groups: new Map() };
    return new Map(
      others
        .map(Number)
        .sort((a, b) => a - b)
        .map((group) => [group, this.#cluster(this.#layout.ofGroup(group), none, [])]),
    );
  }

  #sort(key: string, entry: Entry): void {
    const parsed = this.#layout.parse(key);
    // A coordinator's scope has groups only; a scope without them lets others' groups be.
    if (parsed === undefined || (this.#layout.group !== undefined && parsed.group === undefined)) {
      this.#foreign.push(Object.freeze({ key, message: 'not a key of this layout: of another application?' }));
      return;
    }
    const cluster = this.#clusters.get(parsed.group) ?? { keys: new Map(), members: new Map() };
    this.#clusters.set(parsed.group, cluster);
    if (parsed.type === 'member') cluster.members.set(parsed.name, entry);
    else cluster.keys.set(parsed.name, entry);
  }

  #cluster(
    layout: Layout,
    { workers, groups }: Pick<ClusterView, 'workers' | 'groups'>,
    foreign: readonly Problem[],
  ): ClusterView {
    const { keys, members } = this.#clusters.get(layout.group) ?? { keys: new Map(), members: new Map() };
    const problems = [...foreign];
    const report = (key: string, message: string | undefined) => {
      if (message !== undefined) problems.push(Object.freeze({ key, message }));
    };
    const document = <T>(codec: Codec<T>): Versioned<T> => {
      const read = readDocument(keys.get(codec.key), codec);
      report(layout.key(codec.key), read.problem);
      return read;
    };
    const memberViews = [...members]
      .map(([name, entry]) => readMember(name, entry))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name, problem } of memberViews) report(`${layout.prefix}members/${name}`, problem);
    const epoch = readEpoch(keys.get('epoch'));
    report(layout.key('epoch'), epoch.problem);
    const leader = readLeader(keys.get('leader'), epoch, memberViews);
    report(layout.key('leader'), leaderProblem(keys.get('leader')));
    const history = document(historyCodec);
    const { asOf, stale } = this.#snapshot;
    const clock = this.#clock;
    const view = {
      namespace: layout.namespace,
      scope: layout.scope,
      group: layout.group,
      members: Object.freeze(memberViews),
      config: document(configCodec),
      sync: document(syncCodec),
      failover: document(failoverCodec),
      history,
      status: keys.has('status') ? document(statusCodec) : legacyStatus(keys.get('optime/leader'), layout, report),
      initialize: document(initializeCodec),
      failsafe: document(failsafeCodec),
      epoch,
      workers,
      groups,
      problems: Object.freeze(problems),
      asOf,
      stale,
      isUnlocked: leader === undefined || leader.name === '',
      timeline: timelineOf(history.value),
      age: () => clock.now() - asOf,
    };
    return Object.freeze(leader === undefined ? view : Object.assign(view, { leader }));
  }
}

const NOT_UTF8 = 'the stored bytes are not UTF-8';

function decode<T>(entry: Entry, codec: { decode(raw: string): Decoded<T> }): Decoded<T> {
  return entry.malformed ? { value: undefined, problem: NOT_UTF8 } : codec.decode(entry.value);
}

/** Of entries that a store shows again in its next snapshot nothing is read twice. */
const documentsRead = new WeakMap<Entry, { readonly codec: unknown; readonly read: Versioned<unknown> }>();
const membersRead = new WeakMap<Entry, MemberView>();

function readDocument<T>(entry: Entry | undefined, codec: Codec<T>): Versioned<T> {
  if (entry === undefined) return ABSENT;
  const known = documentsRead.get(entry);
  if (known?.codec === codec) return known.read as Versioned<T>;
  const read = Object.freeze({ ...decode(entry, codec), version: entry.version });
  documentsRead.set(entry, { codec, read });
  return read;
}

const ABSENT = Object.freeze({ value: undefined, version: null });

/** Before `status` there was `optime/leader`. It counts only while `status` is absent, so a write creates `status`. */
function legacyStatus(
  entry: Entry | undefined,
  layout: Layout,
  report: (key: string, message: string | undefined) => void,
): ClusterView['status'] {
  const { value, problem } = readDocument(entry, statusCodec);
  report(layout.key('optime/leader'), problem);
  return Object.freeze({ value, version: null, ...(problem !== undefined && { problem }) });
}

function readMember(name: string, entry: Entry): MemberView {
  const known = membersRead.get(entry);
  if (known?.name === name) return known;
  const { value, problem } = decode(entry, memberEncoding);
  const member = Object.freeze({
    name,
    ...(entry.session !== undefined && { session: entry.session }),
    version: entry.version,
    data: value ?? Object.freeze({}),
    ...(problem !== undefined && { problem }),
  });
  membersRead.set(entry, member);
  return member;
}

function readEpoch(entry: Entry | undefined): ClusterView['epoch'] {
  if (entry === undefined) return Object.freeze({ value: 0, version: null });
  const { version } = entry;
  const value = Number(entry.value);
  if (/^[0-9]+$/.test(entry.value) && Number.isSafeInteger(value)) return Object.freeze({ value, version });
  return Object.freeze({ value: 0, version, problem: 'epoch is not a decimal counter' });
}

function readLeader(
  entry: Entry | undefined,
  epoch: ClusterView['epoch'],
  members: readonly MemberView[],
): LeaderView | undefined {
  if (entry === undefined) return undefined;
  const member = members.find(({ name }) => name === entry.value);
  return Object.freeze({
    name: entry.value,
    ...(entry.session !== undefined && { session: entry.session }),
    version: entry.version,
    ...(epoch.value > 0 && { token: epoch.value }),
    ...(member && { member }),
  });
}

function leaderProblem(entry: Entry | undefined): string | undefined {
  if (entry === undefined) return undefined;
  if (entry.malformed) return NOT_UTF8;
  if (entry.value === '') return 'an invalid lock: it names nobody, and nobody can take it while it is there';
  if (entry.session === undefined) return `the lock of ${entry.value} has no session: it will never expire`;
  return undefined;
}
