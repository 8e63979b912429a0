import { join } from 'node:path';
import type { HistoryEvent } from '@tenure/conformance';
import { type ClientProcess, type KindName, startClient } from '../client/index.ts';
import type { Ground, Line } from '../ground/index.ts';
import { EventFile } from './event-file.ts';

export interface MemberOptions {
  readonly kind: KindName;
  readonly scope: string;
  readonly name: string;
  readonly life: number;
  /** Where its history is written. */
  readonly folder: string;
  /** The nodes that it knows, the one that it uses first in front; nothing without servers. */
  readonly nodes: readonly number[];
}

/** One client of a contest, on a line of its own. */
export interface Member {
  readonly name: string;
  readonly process: ClientProcess;
  readonly line: Line;
  /** That it uses first. */
  readonly node: number;
  /** What it has written down until now. */
  events(): readonly HistoryEvent[];
}

/** Its process is gone with `held`. */
export async function openMember(ground: Ground, options: MemberOptions, held: AsyncDisposableStack): Promise<Member> {
  const { kind, scope, name, life, folder, nodes } = options;
  const { ttl, loopWait, retryTimeout } = ground.profile;
  const line = await ground.line(() => process);
  const known = line.store;
  const store =
    known.type === 'embedded' ? known : { ...known, endpoints: nodes.map((node) => known.endpoints[node] ?? '') };
  const history = join(folder, `${scope}-${name}.jsonl`);
  const process: ClientProcess = held.use(
    startClient({ kind, store, scope, name, life, ttl, loopWait, retryTimeout, history }),
  );
  const file = new EventFile(history);
  return { name, process, line, node: nodes[0] ?? 0, events: () => file.events };
}
