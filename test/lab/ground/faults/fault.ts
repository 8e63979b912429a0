import type { Heal } from '@tenure/conformance';
import type { Random } from '../../random.ts';
import type { Administrator } from '../administrator.ts';
import type { Ground } from '../ground.ts';
import type { StoreName } from '../profile.ts';
import type { Rival } from '../rival.ts';

/** All that a fault can lay hands on. */
export interface Stage {
  readonly ground: Ground;
  readonly administrator: Administrator;
  readonly rivals: readonly Rival[];
  /** Milliseconds. */
  readonly ttl: number;
  /** Who leads just now, as a witness sees it. */
  leader(): string | undefined;
}

/** A fault that has begun. `heal` resolves when its cause is gone; the store may need a while more. */
export interface Inflicted {
  readonly target?: string;
  readonly heal: Heal;
}

export interface Fault {
  readonly name: string;
  /** What it lays hands on. Two faults at one time are of two areas, so that neither heals what the other broke. */
  readonly area: 'line' | 'client' | 'server' | 'network' | 'administrator' | 'file';
  /** It needs three nodes. */
  readonly three?: true;
  /** Done as soon as it is begun: there is nothing to heal. */
  readonly instant?: true;
  /** Where it does not exist, and why. */
  readonly absent: Partial<Readonly<Record<StoreName, string>>>;
  inflict(stage: Stage, random: Random): Promise<Inflicted>;
}

/** Why a fault does not exist on a ground; `undefined` when it does. */
export function whyAbsent(fault: Fault, { store, nodes }: Pick<Ground, 'store' | 'nodes'>): string | undefined {
  return fault.absent[store] ?? (fault.three === true && nodes !== 3 ? 'it needs three nodes' : undefined);
}
