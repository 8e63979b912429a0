import { type FinalState, finalState } from './final-state.ts';
import type { Finding } from './finding.ts';
import type { History } from './history.ts';
import { impossibilities } from './impossibilities.ts';
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
    const impossible = impossibilities(document);
    for (const { at, message } of impossible) violations.push({ rule, at, message: `${document.name}: ${message}` });
    if (impossible.length > 0) continue;
    const verdict = linearize(registerOf(document, final), limit);
    if (verdict.order === 'exists') continue;
    const { step } = verdict;
    const why = verdict.order === 'none' ? 'no order explains' : `undecided after ${limit} configurations, at`;
    const besides = verdict.order === 'none' && verdict.other ? ` with ${told(verdict.other, final)}` : '';
    const at = step.operation?.endedAt ?? history.end;
    violations.push({ rule, at, message: `${document.name}: ${why} ${told(step, final)}${besides}` });
  }
  return { violations, figures: { lostWrites: lost } };
}

function told({ operation, type }: Step, final: FinalState | undefined): string {
  if (operation === undefined) return type === 'read' ? `the final state ${final?.value}` : 'the administrator';
  const { call, outcome, endedAt, found } = operation;
  const guard = call.operation === 'write' && call.after !== undefined ? ` after ${call.after}` : '';
  const what = call.operation === 'read' ? `read ${found}` : `write ${call.value}${guard}`;
  return `call ${call.id} of ${call.client} (${what}, ${outcome} at ${endedAt})`;
}
