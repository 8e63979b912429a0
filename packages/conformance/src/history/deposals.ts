import type { History } from './history.ts';

/**
 * Until when the holder of each deposed term may go on, by its token. An administrator's hand on the leader key, or another process
 * that takes the office over in the holder's own name, ends a term of which the holder learns by its next renewal: that its
 * lease cannot last longer than a ttl is all that is promised then, and the fence.
 */
export function deposals({ states, run, terms }: History): ReadonlyMap<number, number> {
  const until = new Map<number, number>();
  let token: number | undefined;
  let leader: string | null = null;
  let namesake: number | undefined;
  for (const { event } of states) {
    const end = event.at + run.ttl + run.grace;
    if (event.key === 'leader') {
      if (event.by === 'administrator' && token !== undefined) until.set(token, end);
      namesake = event.value !== null && event.value === leader ? token : undefined;
      leader = event.value;
    } else if (event.key === 'epoch' && event.value !== null) {
      token = Number(event.value);
      if (namesake !== undefined && !sameProcess(terms.get(namesake)?.used, terms.get(token)?.used)) {
        until.set(namesake, end);
      }
      namesake = undefined;
    }
  }
  return until;
}

function sameProcess(a: ReadonlyMap<string, number> | undefined, b: ReadonlyMap<string, number> | undefined): boolean {
  for (const client of a?.keys() ?? []) if (b?.has(client)) return true;
  return false;
}
