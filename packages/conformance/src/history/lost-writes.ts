import type { DocumentHistory, Write } from './document.ts';
import type { Value } from './event.ts';

/**
 * The acknowledged guarded writes that surely were undone: an operation that began after the acknowledgement found, or landed on, a value
 * that the write had replaced, itself or through the chain of guarded writes before it. The absent document counts as such a value
 * unless an administrator emptied it.
 * @param last the final state of the document, and the place at which it still was that
 */
export function lostWrites(
  document: DocumentHistory,
  last?: { readonly value: Value; readonly place: number },
): Write[] {
  /** By value: the last place at which somebody began to look, and found it current. */
  const current = new Map<Value, number>();
  const found = (value: Value, begin: number) => {
    if (value === null && document.emptied) return;
    current.set(value, Math.max(current.get(value) ?? begin, begin));
  };
  for (const { found: value = null, begin } of document.reads) found(value, begin);
  for (const { after, operation } of document.writes)
    if (after !== undefined && operation.outcome === 'ok') found(after, operation.begin);
  if (last !== undefined) found(last.value, last.place);

  /** By write: the last such place of any value before it in its chain. */
  const undone = new Map<Write, number>();
  const undoneAt = (write: Write): number => {
    const path: Write[] = [];
    let next: Write | undefined = write;
    while (next !== undefined && !undone.has(next)) {
      path.push(next);
      undone.set(next, Number.NEGATIVE_INFINITY);
      next = document.writeOf(next.after);
    }
    for (const each of path.reverse()) {
      const before = document.writeOf(each.after);
      const inherited = (before && undone.get(before)) ?? Number.NEGATIVE_INFINITY;
      const own = each.after === undefined ? undefined : current.get(each.after);
      undone.set(each, Math.max(inherited, own ?? inherited));
    }
    return undone.get(write) ?? Number.NEGATIVE_INFINITY;
  };
  return document.writes.filter(
    (write) => write.after !== undefined && write.operation.outcome === 'ok' && undoneAt(write) > write.operation.end,
  );
}
