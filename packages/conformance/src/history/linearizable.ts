import type { DocumentHistory } from './document.ts';
import { type FinalState, finalState } from './final-state.ts';
import type { Finding } from './finding.ts';
import type { History } from './history.ts';
import { linearize } from './linearize.ts';
import { lostWrites } from './lost-writes.ts';
import { registerOf, type Step } from './register.ts';
import type { Violation } from './report.ts';

const rule = 'linearizable';

/** Configurations: some seconds of search, where histories of this laboratory need a few for each operation. */
const LIMIT = 2_000_000;

/**
 * Each document is a register: its guarded writes, blind writes and reads can be put in one order that keeps their times. A write
 * of unknown outcome may have taken effect at any later time, or never; a refused one met another value at some time during the
 * call, unless it was under a term and may have met the fence. What a read, a view or the server's states show was
 * written, and what was shown to be replaced does not come back. A search that had to be given up is a violation.
 */
export function linearizable(history: History, limit = LIMIT): Finding<'lostWrites'> {
  const violations: Violation[] = [];
  let lost = 0;
  for (const document of history.documents) {
    const final = finalState(document, history);
    lost += lostWrites(document, final).length;
    const impossible = [...impossibilities(document)];
    violations.push(...impossible);
    if (impossible.length > 0) continue;
    const verdict = linearize(registerOf(document, final), limit);
    if (verdict.order === 'exists') continue;
    const { step } = verdict;
    const why = verdict.order === 'none' ? 'no order explains' : `undecided after ${limit} configurations at`;
    const at = step.operation?.endedAt ?? history.end;
    violations.push({ rule, at, message: `${document.name}: ${why} ${told(step, final)}` });
  }
  return { violations, figures: { lostWrites: lost } };
}

/** What is wrong on the face of it. */
function* impossibilities(document: DocumentHistory): Generator<Violation> {
  const violation = (at: number, message: string): Violation => ({ rule, at, message: `${document.name}: ${message}` });
  const told = new Set<string>();
  const byHand = new Set(document.states.filter(({ administrator }) => administrator).map(({ value }) => value));
  for (const { value, place, at, by } of document.sightings) {
    if (value === null || told.has(value) || byHand.has(value)) continue;
    const write = document.writeOf(value);
    const outcome = write?.operation.outcome;
    const why =
      write === undefined
        ? 'nobody wrote'
        : outcome === 'refused' || outcome === 'failed'
          ? `was ${outcome}`
          : place < write.operation.begin
            ? 'was not written yet'
            : undefined;
    if (why === undefined) continue;
    told.add(value);
    yield violation(at, `${by} shows ${value}, which ${why}`);
  }
  const replaced = new Set<string>();
  let current: string | null = null;
  for (const { value, at, administrator } of document.states) {
    if (value === null && current !== null && !administrator)
      yield violation(at, `${current} vanished from the server`);
    if (value !== null && replaced.has(value)) yield violation(at, `${value} came back on the server`);
    if (current !== null) replaced.add(current);
    current = value;
  }
  for (const { call, endedAt } of document.refusals)
    if (call.operation === 'write' && call.after === undefined && call.token === undefined)
      yield violation(endedAt, `the write ${call.id} of ${call.client} was refused without a guard`);
}

function told({ operation, type }: Step, final: FinalState | undefined): string {
  if (operation === undefined) return type === 'read' ? `the final state ${final?.value}` : 'the administrator';
  const { call, outcome, endedAt, found } = operation;
  const guard = call.operation === 'write' && call.after !== undefined ? ` after ${call.after}` : '';
  const what = call.operation === 'read' ? `read ${found}` : `write ${call.value}${guard}`;
  return `call ${call.id} of ${call.client} (${what}, ${outcome} at ${endedAt})`;
}
