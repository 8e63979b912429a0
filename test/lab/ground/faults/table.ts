import type { Ground } from '../ground.ts';
import { type StoreName, stores } from '../profile.ts';
import { administration } from './administration.ts';
import { clients } from './clients.ts';
import { type Fault, whyAbsent } from './fault.ts';
import { files } from './files.ts';
import { lines } from './lines.ts';
import { networks } from './networks.ts';
import { servers } from './servers.ts';

/** Every fault that there is. */
export const faults: readonly Fault[] = [...lines, ...clients, ...servers, ...networks, ...administration, ...files];

/** Those that exist on a ground. */
export function faultsOf(ground: Pick<Ground, 'store' | 'nodes'>): readonly Fault[] {
  return faults.filter((fault) => whyAbsent(fault, ground) === undefined);
}

/** For each fault and store: whether it exists with three nodes, and why not. */
export function faultTable(): string {
  const cell = (fault: Fault, store: StoreName) => (fault.absent[store] === undefined ? 'yes' : '–').padEnd(11);
  const rows = faults.map((fault) => {
    const why = [...new Set(Object.values(fault.absent))].join('; ');
    const notes = [...(fault.three === true ? ['three nodes'] : []), ...(why === '' ? [] : [`– ${why}`])].join('; ');
    return `${fault.name.padEnd(36)}${stores.map((store) => cell(fault, store)).join('')}${notes}`.trimEnd();
  });
  return [`${'fault'.padEnd(36)}${stores.map((store) => store.padEnd(11)).join('')}`.trimEnd(), ...rows].join('\n');
}
