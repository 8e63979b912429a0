import type { CallEvent, HistoryEvent, Value } from '../src/history/event.ts';

interface Op {
  readonly call: CallEvent;
  readonly begin: number;
  readonly end: number;
  readonly outcome: string;
  readonly found: Value | undefined;
}

/**
 * The reference that the search is held against: whether any order of all operations of one document, each of unknown outcome taken or left
 * out, explains the history. Tries them all.
 */
export function someOrderExplains(events: readonly HistoryEvent[]): boolean {
  const ops: Op[] = [];
  for (const [begin, call] of events.entries()) {
    if (call.type !== 'call') continue;
    const end = events.findIndex((event) => event.type === 'return' && event.id === call.id);
    const reply = events[end];
    if (reply?.type !== 'return' || reply.outcome === 'unknown') {
      if (call.operation === 'write') ops.push({ call, begin, end: Infinity, outcome: 'unknown', found: undefined });
    } else if (reply.outcome !== 'failed') {
      const met = reply.outcome === 'refused' && (call.operation === 'read' || call.token !== undefined);
      if (!met) ops.push({ call, begin, end, outcome: reply.outcome, found: reply.value });
    }
  }
  return extend(ops, null);
}

function extend(rest: readonly Op[], state: Value): boolean {
  if (rest.every(({ outcome }) => outcome === 'unknown')) return true;
  return rest.some((op) => {
    if (rest.some(({ end }) => end < op.begin)) return false;
    const next = after(op, state);
    return (
      next !== undefined &&
      extend(
        rest.filter((other) => other !== op),
        next,
      )
    );
  });
}

/** The state after this operation; `undefined` when it cannot come next. */
function after({ call, outcome, found }: Op, state: Value): Value | undefined {
  if (call.operation === 'read') return found === state ? state : undefined;
  const fits = call.after === undefined || call.after === state;
  if (outcome === 'refused') return fits ? undefined : state;
  return fits ? call.value : undefined;
}
