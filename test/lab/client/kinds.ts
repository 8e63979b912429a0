import { controlKinds } from '../controls/index.ts';
import type { Journal } from './journal.ts';
import type { ClientSpec, Order } from './spec.ts';
import { tenure } from './tenure.ts';

/** What any client must obey; what concerns the process as a whole is done before it is asked. */
export type ContestantOrder = Extract<
  Order,
  { type: 'line' | 'heal line' | 'release' | 'retime' | 'suspend' | 'step' }
>;

/** One that competes from when it is made until it winds up. */
export interface Contestant {
  obey(order: ContestantOrder): Promise<void>;
  calm(): void;
  windUp(): Promise<void>;
}

export type Kind = (spec: ClientSpec, journal: Journal) => Contestant | Promise<Contestant>;

/** What may compete. A kind without documents leaves out their events. */
export const kinds = { tenure, ...controlKinds } as const satisfies Readonly<Record<string, Kind>>;
export type KindName = keyof typeof kinds;
