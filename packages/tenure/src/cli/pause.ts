import { type ClusterView, type ConfigDocument, type Dcs, isPaused, type Versioned } from '@tenure/core';
import { Command } from 'commander';
import { openCluster } from './cluster.ts';
import { clusterArgument, ofCluster } from './cluster-argument.ts';
import { REPLACE, understood, writeEdit } from './config-write.ts';
import { EXIT, Exit } from './exit.ts';
import { clusterTtl, follow, within } from './follow.ts';
import { printable, printJson, say, stopOnSignals } from './terminal.ts';
import { type WritingOptions, withWriting } from './writing.ts';

interface PauseFlags extends WritingOptions {
  readonly wait?: boolean;
}

export function pauseCommand(): Command {
  return toggle('pause', 'Maintenance mode: nobody is elected or deposed without being asked for by name.', true);
}

export function resumeCommand(): Command {
  return toggle('resume', 'End maintenance mode.', false);
}

function toggle(name: string, description: string, paused: boolean): Command {
  return withWriting(new Command(name).description(description))
    .addArgument(clusterArgument())
    .option('--wait', 'until every member has applied it, for the ttl of the cluster at most')
    .addHelpText('after', `\nExample:\n  $ tenure ${name} --scope batman --wait --yes`)
    .action(
      ofCluster(async (flags: PauseFlags) => {
        const signal = stopOnSignals();
        await using dcs = await openCluster(flags, signal);
        await set(dcs, paused, flags, signal);
      }),
    );
}

/** What `pause` or `resume` makes of the configuration. @throws Exit 1 when there is nothing to change, or no config; with the `advice` for one that cannot be read */
export async function pauseChange(
  dcs: Dcs,
  view: ClusterView,
  paused: boolean,
  advice: string,
): Promise<{ readonly before: Versioned<ConfigDocument>; readonly value: ConfigDocument }> {
  const { scope } = view;
  const before = await understood(dcs, view.config, advice);
  // A leader writes its own copy where there is no config, or an empty one, and takes any other for the whole.
  if (before.value === undefined || Object.keys(before.value).length === 0)
    throw new Exit(EXIT.failed, `${scope} has no config that could say so; its leader writes it`);
  if (isPaused(view) === paused) throw new Exit(EXIT.failed, `${scope} is ${paused ? 'already' : 'not'} paused`);
  const { pause: _, ...rest } = before.value;
  return { before, value: paused ? { ...before.value, pause: true } : rest };
}

async function set(dcs: Dcs, paused: boolean, flags: PauseFlags, signal: AbortSignal): Promise<void> {
  const view = await dcs.view({ signal });
  const { before, value } = await pauseChange(dcs, view, paused, REPLACE);
  const { scope } = dcs;
  const question = `${paused ? 'Pause' : 'Resume'} ${scope}?`;
  const done = await writeEdit(dcs, { before, value, question, mergeable: true }, flags, signal);
  if (done === undefined) return;
  const { version } = done;
  const late = flags.wait === true ? await notApplied(dcs, view, paused, signal) : [];
  if (flags.json === true) printJson({ paused, version, ...(flags.wait === true ? { notApplied: late } : {}) });
  else say(`${scope} is ${paused ? 'paused' : 'resumed'}, version ${version}`);
  if (late.length > 0) throw new Exit(EXIT.failed, `not applied by ${late.map(printable).join(', ')}`);
}

/**
 * Who of the members of `view` has not said yet that it is `paused`. Only a Patroni says so; a member without an api_url is
 * none, and is not waited for, as in patroni/ctl.py. One that lives writes its key within the ttl; one that went away is not
 * waited for either.
 */
async function notApplied(dcs: Dcs, view: ClusterView, paused: boolean, signal: AbortSignal): Promise<string[]> {
  const asked = new Set(view.members.filter(({ data }) => data.api_url).map(({ name }) => name));
  let late = [...asked];
  await follow(dcs, within(clusterTtl(view)), signal, ({ members }) => {
    late = members
      .filter(({ name, data }) => asked.has(name) && (data.pause ?? false) !== paused)
      .map(({ name }) => name);
    return late.length === 0 ? true : undefined;
  });
  return late;
}
