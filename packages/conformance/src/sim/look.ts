import type { ClusterView } from '@tenure/core';
import type { Value, ViewEvent } from '../history/event.ts';

/** What a view shows, as an event of the history. */
export function look(client: string, watch: string, view: ClusterView): Omit<ViewEvent, 'at'> {
  const { leader, stale, config, initialize, status } = view;
  return {
    type: 'view',
    client,
    watch,
    stale,
    documents: {
      config: (config.value?.v as Value | undefined) ?? null,
      initialize: initialize.value ?? null,
      status: status.value === undefined ? null : String(status.value.optime),
    },
    ...(leader && {
      leader: { name: leader.name, ...(leader.token !== undefined && { token: leader.token }) },
    }),
  };
}
