import type { KindName } from '../client/index.ts';
import { byLeaderKey, type FindLeadership } from '../ground/index.ts';

/** How a server shows who leads among clients of a kind. Made for one scope, since it may have to remember. */
export function leadershipOf(kind: KindName): FindLeadership {
  if (kind === 'etcd-election') return firstCandidate();
  return kind.startsWith('leader-election') ? holderOfRecord : byLeaderKey;
}

/** Of the candidates' keys the one that came first. */
function firstCandidate(): FindLeadership {
  const candidates = new Set<string>();
  return (entries, layout) => {
    const folder = `${layout.prefix}election/leader/`;
    for (const key of candidates) if (!entries.has(key)) candidates.delete(key);
    for (const key of entries.keys()) if (key.startsWith(folder)) candidates.add(key);
    const [key] = candidates;
    const entry = key === undefined ? undefined : entries.get(key);
    return key === undefined || entry === undefined ? undefined : { key, name: entry.value, session: entry.session };
  };
}

const holderOfRecord: FindLeadership = (entries, layout) => {
  const record = byLeaderKey(entries, layout);
  return record && { ...record, name: (JSON.parse(record.name) as { readonly holder: string }).holder };
};
