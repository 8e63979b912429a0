import { type Clock, Layout, type Problem, parseView, type Snapshot, type Version } from '@tenure/core';
import { withGroups } from '../clusters.ts';
import type { Restoration } from './restore.ts';

/** What is wrong with the values that a restoration would write. */
export interface Soundness {
  /** What would stop a cluster: an epoch that is no counter, for nobody can lead then; and a request that every Patroni fails on. */
  readonly harmful: readonly Problem[];
  /** What a cluster does without. */
  readonly odd: readonly Problem[];
}

/** What the view says of the values that would be written. What stands there already, or is of another application, is not judged. */
export function soundness({ writes }: Restoration, layout: Layout, { asOf }: Snapshot, clock: Clock): Soundness {
  const { namespace, scope } = layout;
  const whole = new Layout({ namespace, scope });
  const entries = new Map(
    writes.flatMap(({ write }) =>
      write.type === 'put' && whole.parse(write.key) !== undefined
        ? [[write.key, { value: write.value, version: '' as Version }] as const]
        : [],
    ),
  );
  const view = parseView(whole, { entries, asOf, stale: false }, clock);
  const problems = withGroups(view).flatMap((cluster) => cluster.problems);
  const isHarmful = ({ key }: Problem) => /\/(?:epoch|failover)$/.test(key);
  return { harmful: problems.filter(isHarmful), odd: problems.filter((problem) => !isHarmful(problem)) };
}
