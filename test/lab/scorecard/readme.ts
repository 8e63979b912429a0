import type { KindName } from '../client/index.ts';
import { profiles } from '../ground/index.ts';
import { clientsOn, clientTitles, faultTitles, stores, storeTitles } from './catalogue.ts';
import { byHand, failuresOf, mustFail } from './expectations.ts';
import { figureNames, figuresOf, number } from './figures.ts';
import { pictureOf } from './names.ts';
import type { Row } from './results.ts';

/** `README.md`: the scorecard as a table a store. */
export function readme(rows: readonly Row[]): string {
  const tables = stores.flatMap((store) => {
    const its = rows.filter((row) => row.store === store);
    const { ttl, loopWait } = profiles[store];
    const timing = `The ttl is ${number(ttl)} ms; ours renews each ${number(loopWait)} ms.`;
    return its.length === 0 ? [] : [`## ${storeTitles[store]}`, timing, tableOf(its)];
  });
  return `${['# Scorecard', INTRODUCTION, ...verdictOf(rows), ...tables, ...controlsOf(rows), LIMITS].join('\n\n')}\n`;
}

const INTRODUCTION = `Two members compete for one office, in processes of their own, and a fault comes upon the one that holds it, or upon the servers. Every
client here suffers each fault on the same servers at the same time, each in a scope of its own. What all of them did, on one clock,
is judged by the checkers of \`@tenure/conformance\`. \`pnpm scorecard\` measures all this anew on any machine in about a quarter of an
hour, \`pnpm scorecard --store etcd --fault cut --runs 3\` a part of it; the figures are in [scorecard.json](scorecard.json), and
[index.html](index.html) shows all pictures on one page.

- **Two leaders**: from the first act of a term to the last act of a term before it, milliseconds, the longest of all runs; \`–\`: nobody took over.
- **Needless demotions**: terms that were lost while nothing was wrong.
- **Lost writes**: acknowledged, and gone without a later write that saw them. A control reads its document and writes it over, as programs
  do that trust their office.
- **Stale views**: older than the program was promised, and not said to be.
- **Takeover**: from when the server let go of the leader key to the first act of the next leader, milliseconds.`;

const LIMITS = `## What this does not show

Two clients and one fault at a time, for a few ttl: what several faults together do, and for how long a run stays sound, the longer chaos
runs show. A machine that sleeps is played to the holder: it is stopped, its monotonic clock stands still, and its boot clock goes on; the
timers of its event loop do go on, so that a control learns of the end sooner than it would. The times of the server are those at which
a witness with a sound connection saw them.`;

const CONTROLS = `etcd3’s Election, Consul’s session lock (renewed by a timer, a watch on the key) and ZooKeeper’s ephemeral node (with the library’s
state events) are written with the client libraries alone, as their users write them. client-go’s algorithm is the control that
should pass: its bound is right, and what it lacks is a look at the clock before each act, a clock that goes on while the machine sleeps, and
a fence. A laboratory that no control fails in would be too weak to say anything.`;

function tableOf(rows: readonly Row[]): string {
  const body = rows.map((row, i) => {
    const isFirst = rows[i - 1]?.fault !== row.fault;
    const fault = isFirst ? `[${faultTitles[row.fault]}](${pictureOf(row.store, row.fault)})` : '';
    const figures = figuresOf(row).map(({ text, bad }) => (bad ? `**${text}**` : text));
    return `| ${[fault, clientTitles[row.client], ...figures].join(' | ')} |`;
  });
  return [
    `| ${['Fault', 'Client', ...figureNames].join(' | ')} |`,
    `|---|---|${figureNames.map(() => '---:|').join('')}`,
    ...body,
  ].join('\n');
}

function verdictOf(rows: readonly Row[]): string[] {
  const ours = rows.filter((row) => row.client === 'tenure');
  const failures = failuresOf(rows);
  const longest = (its: readonly Row[]) => number(Math.max(0, ...its.map((row) => row.twoLeaders ?? 0)));
  const total = (of: (row: Row) => number) => number(ours.reduce((sum, row) => sum + of(row), 0));
  const clocked = ours.filter((row) => !byHand.includes(row.fault));
  const summary = `**Tenure, in ${total((row) => row.runs)} runs: two leaders for ${longest(clocked)} ms, ${total((row) => row.lostWrites)} lost writes, ${total((row) => row.unannouncedStaleViews)} unannounced stale views.**`;
  const manual = ours.filter((row) => byHand.includes(row.fault));
  const exception = `When an administrator takes the office away by hand, the next one is let in at once and the old holder learns of it at its next renewal: until then both act, for ${longest(manual)} ms at the most here, and the fence refuses the old one's writes.`;
  const faults =
    failures.length === 0 ? [] : [['Not as it should be:', '', ...failures.map((it) => `- ${it}`)].join('\n')];
  return [summary, ...(manual.length === 0 ? [] : [exception]), ...faults];
}

function controlsOf(rows: readonly Row[]): string[] {
  const lines = stores.flatMap((store) =>
    clientsOn[store]
      .filter((client) => client !== 'tenure')
      .flatMap((client) => {
        const its = rows.filter((row) => row.client === client);
        return its.length === 0 ? [] : [`- ${storeTitles[store]}, ${clientTitles[client]}: ${verdictOn(client, its)}`];
      }),
  );
  if (lines.length === 0) return [];
  return ['## The controls', CONTROLS, lines.join('\n')];
}

function verdictOn(client: KindName, rows: readonly Row[]): string {
  const failed = rows
    .filter((row) => (row.twoLeaders ?? 0) > 0)
    .sort((a, b) => (b.twoLeaders ?? 0) - (a.twoLeaders ?? 0));
  const [worst] = failed;
  const due = mustFail[client];
  if (worst === undefined) {
    if (due === undefined) return 'never two leaders, as its bound promises.';
    return `passed everywhere, though it is known to fail: of its faults (${due.join(', ')}) none was strong enough.`;
  }
  const names = failed.map((row) => row.fault).join(', ');
  return `two leaders in ${failed.length} of ${rows.length} faults (${names}), the longest for ${number(worst.twoLeaders ?? 0)} ms (${worst.fault}).`;
}
