import type { ClusterView } from '@tenure/core';
import { say } from './terminal.ts';

/** For people: how old the state is that could not be confirmed. */
export function staleness(view: ClusterView): string {
  return `the state could not be confirmed for ${Math.round(view.age() / 1000)} s`;
}

/** To be called with each view of a watch: says when the state goes stale, and when it is confirmed again. */
export function stalenessTeller(): (view: ClusterView) => void {
  let stale = false;
  return (view) => {
    if (view.stale !== stale) say(view.stale ? staleness(view) : 'the state is confirmed again');
    stale = view.stale;
  };
}
