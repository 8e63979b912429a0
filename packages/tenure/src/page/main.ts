import { announce, changesOf } from './announce.ts';
import { clusterSection, clusterTitle, sectionId } from './cluster.ts';
import { openConfigDialog } from './config-dialog.ts';
import { keepCountdowns } from './countdown.ts';
import { byId, h, patchChildren } from './dom.ts';
import { openFlushDialog } from './flush-dialog.ts';
import { openPauseDialog } from './pause-dialog.ts';
import { ask } from './request.ts';
import { Scrolling } from './scrolling.ts';
import { Status } from './status.ts';
import { openSwitchoverDialog } from './switchover-dialog.ts';
import type { ClusterJson, ClustersEvent, Freshness, HelloEvent } from './wire.ts';

const status = new Status();
const main = byId('clusters', HTMLElement);
const list = byId('cluster-list', HTMLElement);
const scrolling = new Scrolling(main);
const signOut = byId('sign-out', HTMLButtonElement);

let hello: HelloEvent | undefined;
let clusters = new Map<string, ClusterJson>();

/** Milliseconds until a refused connection is tried again. */
const RETRY = 2000;
/** So many signs of life in a row must be missing until the server counts as lost. */
const PATIENCE = 3;

let source = connect();
keepCountdowns();

function connect(): EventSource {
  const events = new EventSource('/events');
  const on = <T>(name: string, take: (data: T) => void) => {
    events.addEventListener(name, ({ data }) => take(JSON.parse(String(data)) as T));
  };
  on<HelloEvent>('hello', takeHello);
  on<ClustersEvent>('clusters', (event) => {
    status.tell(event);
    take([...withChanged(event)]);
  });
  on<Freshness>('beat', (event) => status.tell(event));
  events.addEventListener('error', () => {
    status.lose();
    // What broke is tried again by the browser itself; what was refused is not.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => void again(events), RETRY);
  });
  return events;
}

async function again(closed: EventSource): Promise<void> {
  if (source !== closed) return;
  const look = await fetch('/', { method: 'HEAD', redirect: 'manual' }).catch(() => undefined);
  if (look?.type === 'opaqueredirect') location.assign('/sign-in');
  else source = connect();
}

setInterval(() => {
  if (hello === undefined || status.silence < PATIENCE * hello.beat || source.readyState !== EventSource.OPEN) return;
  status.lose();
  source.close();
  source = connect();
}, 1000);

function takeHello(event: HelloEvent): void {
  const isFirst = hello === undefined;
  hello = event;
  status.hello(event);
  document.title = `Tenure: ${event.namespace}`;
  byId('namespace', HTMLElement).textContent = event.namespace;
  byId('store', HTMLElement).textContent = event.store;
  byId('mode', HTMLElement).textContent = event.writable ? 'can change clusters' : 'read-only';
  signOut.hidden = !event.signedIn;
  if (isFirst) clusters = new Map(event.clusters.map((cluster) => [cluster.id, cluster]));
  take(event.clusters);
}

function* withChanged({ changed, gone }: ClustersEvent): Iterable<ClusterJson> {
  const left = new Map(clusters);
  for (const id of gone) left.delete(id);
  for (const cluster of changed) left.set(cluster.id, cluster);
  yield* left.values();
}

/** Shows these clusters, and tells what is new. */
function take(now: readonly ClusterJson[]): void {
  const before = clusters;
  clusters = new Map([...now].sort((a, b) => compare(a, b)).map((cluster) => [cluster.id, cluster]));
  const gone = [...before.keys()].filter((id) => !clusters.has(id)).map((id) => `${id}: is gone`);
  announce([...now.flatMap((cluster) => changesOf(before.get(cluster.id), cluster)), ...gone]);
  const shown = [...clusters.values()];
  const writable = hello?.writable === true;
  const focused = main.querySelector(':focus');
  const section = focused?.closest('article');
  patchChildren(
    main,
    shown.length === 0
      ? [h('p', { class: 'none' }, 'There is no cluster in this namespace yet.')]
      : shown.map((cluster) => clusterSection(cluster, writable)),
  );
  // The cluster takes the focus of a control that has gone.
  if (focused?.isConnected === false) section?.focus();
  scrolling.update();
  patchChildren(list, shown.map(listItem));
}

function compare(a: ClusterJson, b: ClusterJson): number {
  if (a.scope !== b.scope) return a.scope < b.scope ? -1 : 1;
  return (a.group ?? -1) - (b.group ?? -1);
}

function listItem(cluster: ClusterJson): HTMLElement {
  const { id, leader, paused, failover, problems } = cluster;
  const states = [
    leader === null ? 'no leader' : `${leader.name} leads`,
    ...(paused ? ['paused'] : []),
    ...(failover.text === '' ? [] : ['pending']),
    ...(problems.length === 0 ? [] : [`${problems.length} problem${problems.length === 1 ? '' : 's'}`]),
  ];
  return h(
    'li',
    { 'data-key': id, class: leader === null || problems.length > 0 ? 'bad' : null },
    h('a', { href: `#${sectionId(id)}` }, clusterTitle(cluster)),
    h('span', {}, states.join(', ')),
  );
}

const openers: Readonly<Record<string, (cluster: ClusterJson) => void>> = {
  pause: openPauseDialog,
  switchover: openSwitchoverDialog,
  config: openConfigDialog,
  flush: openFlushDialog,
};

main.addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest('button') : null;
  const cluster = clusters.get(button?.dataset.cluster ?? '');
  if (cluster !== undefined) openers[button?.dataset.action ?? '']?.(cluster);
});

signOut.addEventListener('click', () => {
  void ask('/sign-out', {}).then(() => location.assign('/sign-in'));
});
