import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../../servers/folder.ts';
import { faultNames, stores } from './catalogue.ts';
import type { Contest } from './contest.ts';
import { failuresOf } from './expectations.ts';
import { figureNames, figuresOf } from './figures.ts';
import { publish } from './publish.ts';
import { rowsOf } from './results.ts';
import { standardSet } from './standard-set.ts';

const usage = `node test/lab/scorecard/main.ts [--store NAME] [--fault NAME] [--runs N]
    each fault on each store, for Tenure and for the controls, and docs/scorecard/ written anew from it
    --store    ${stores.join(', ')}; may be given several times
    --fault    ${faultNames.join(', ')}; may be given several times
    --runs     of each fault on each store, 1 unless given
    exit code 1: Tenure broke its contract, or a control passed where it is known to fail; the histories are kept then
`;

const { values } = parseArgs({
  options: {
    store: { type: 'string', multiple: true, default: [...stores] },
    fault: { type: 'string', multiple: true, default: [...faultNames] },
    runs: { type: 'string', default: '1' },
  },
});

const scorecard = fileURLToPath(new URL('../../../docs/scorecard', import.meta.url));
const done: Contest[] = [];

/** What is measured is written at once: an interrupted run costs what was under way. */
function tell(contests: readonly Contest[]): void {
  done.push(...contests);
  publish(scorecard, done);
  for (const row of rowsOf(contests.map(({ result }) => result))) {
    const figures = figuresOf(row).map(({ text }, i) => `${figureNames[i]} ${text}`);
    console.log(`${row.store}, ${row.fault}, ${row.client}: ${figures.join('; ')}`);
  }
}

async function main(): Promise<number> {
  const chosenStores = stores.filter((store) => values.store.includes(store));
  const chosenFaults = faultNames.filter((fault) => values.fault.includes(fault));
  const runs = Number(values.runs);
  const isKnown =
    chosenStores.length === new Set(values.store).size && chosenFaults.length === new Set(values.fault).size;
  if (!isKnown || !(Number.isInteger(runs) && runs > 0)) {
    process.stderr.write(usage);
    return 2;
  }
  const folder = await temporaryFolder('tenure-scorecard-');
  try {
    const set = { stores: chosenStores, faults: chosenFaults, runs, folder: folder.path, tell };
    await standardSet(set);
    const failures = failuresOf(rowsOf(done.map(({ result }) => result)));
    for (const failure of failures) console.error(failure);
    if (failures.length === 0) return 0;
    const kept = mkdtempSync(join(tmpdir(), 'scorecard-'));
    cpSync(folder.path, kept, { recursive: true });
    console.error(`histories in ${kept}`);
    return 1;
  } finally {
    await folder.remove();
  }
}

process.exitCode = await main();
