import type { Entry, Version } from '@tenure/core';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** The frozen entry of stored bytes; `malformed` when they are not UTF-8. */
export function toEntry(bytes: Uint8Array, version: number, session: string | undefined): Entry {
  const owner = session === undefined ? {} : { session };
  const counted = String(version) as Version;
  try {
    return Object.freeze({ value: strict.decode(bytes), version: counted, ...owner });
  } catch {
    return Object.freeze({ value: lenient.decode(bytes), version: counted, ...owner, malformed: true as const });
  }
}

export function sameEntries(a: ReadonlyMap<string, Entry>, b: ReadonlyMap<string, Entry>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, entry] of a) {
    const other = b.get(key);
    if (other === undefined || entry.version !== other.version || entry.session !== other.session) return false;
    // An administrator's own SQL need not count versions.
    if (entry.value !== other.value) return false;
  }
  return true;
}
