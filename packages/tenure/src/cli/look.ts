import type { ClusterView, Dcs } from '@tenure/core';
import type { Command } from 'commander';
import { groupOption } from './arguments.ts';
import { clusterArgument } from './cluster-argument.ts';
import { EXIT, Exit } from './exit.ts';
import { type Format, formatOf, formatOption } from './format.ts';
import { draw, eachView } from './live.ts';
import { kept, linesOf, type Part } from './parts.ts';
import { stalenessTeller } from './staleness.ts';
import { openExisting, type StoreOptions, wholeScopeOf, withStore } from './store.ts';
import { print, printable, say, stopOnSignals } from './terminal.ts';

export interface LookOptions extends StoreOptions {
  readonly format: Format;
  readonly watch?: boolean;
}

/** The options of every command that only looks. */
export function withLook(command: Command): Command {
  return withStore(command)
    .addArgument(clusterArgument())
    .addOption(formatOption())
    .addOption(groupOption())
    .option('-w, --watch', 'go on, and print it again after each change, until interrupted');
}

/** What a command makes of a view. */
export interface Rendered {
  readonly parts: readonly Part[];
  /** What could not be read. Without any line the command has failed. */
  readonly problem?: string | undefined;
}

type Render = (view: ClusterView, format: Format) => Rendered;

/**
 * Prints what `render` makes of the cluster: once, or with `-w` for each of its changes that shows. Under `pretty` a
 * terminal is kept up to date; elsewhere problems, and that a state could not be confirmed, go to stderr.
 */
export async function look(flags: LookOptions, render: Render): Promise<void> {
  const signal = stopOnSignals();
  await using dcs = await openExisting(await wholeScopeOf(flags));
  const format = formatOf(flags);
  const first = render(await dcs.view({ signal }), format);
  if (flags.watch !== true) printOnce(first);
  else if (format === 'pretty' && process.stdout.isTTY) await draw(dcs, signal, (view) => screen(render(view, format)));
  else await printChanges(dcs, signal, format, render);
}

function printOnce({ parts, problem }: Rendered): void {
  const lines = linesOf(parts);
  printLines(lines);
  if (problem === undefined) return;
  if (lines.length === 0) throw new Exit(EXIT.failed, problem);
  say(problem);
}

function screen({ parts, problem }: Rendered): Part[] {
  return problem === undefined ? [...parts] : [...parts, kept(` Problem: ${printable(problem)}`)];
}

async function printChanges(dcs: Dcs, signal: AbortSignal, format: Format, render: Render): Promise<void> {
  let last: { readonly text: string; readonly problem: string | undefined } | undefined;
  const tell = stalenessTeller();
  for await (const view of eachView(dcs, signal)) {
    tell(view);
    const { parts, problem } = render(view, format);
    const lines = linesOf(parts);
    const text = lines.join('\n');
    if (text !== last?.text) {
      if (last !== undefined && format === 'yaml') print('---');
      printLines(lines);
    }
    if (problem !== undefined && problem !== last?.problem) say(problem);
    last = { text, problem };
  }
}

function printLines(lines: readonly string[]): void {
  if (lines.length > 0) print(lines.join('\n'));
}
