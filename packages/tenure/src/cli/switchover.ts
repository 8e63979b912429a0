import {
  type ClusterView,
  type Dcs,
  type FailoverRequest,
  failoverAction,
  type LeaderChange,
  toIso,
  type Version,
} from '@tenure/core';
import { Command } from 'commander';
import { seconds } from './arguments.ts';
import { openNamedCluster } from './cluster.ts';
import { clusterArgument, ofCluster } from './cluster-argument.ts';
import { EXIT, Exit } from './exit.ts';
import { clusterTtl } from './follow.ts';
import { followRequest, isEarly, type Outcome } from './handover.ts';
import { assertAhead, COMMAND_WORDS, type Plan, planChange, reasons, type Wish } from './leader-change.ts';
import { memberLines } from './member-table.ts';
import { Questions } from './questions.ts';
import { requestText } from './request-text.ts';
import { print, printable, printJson, say, stopOnSignals } from './terminal.ts';
import { mayWrite, type WritingOptions, withWriting } from './writing.ts';

interface ChangeFlags extends WritingOptions, Wish {
  readonly primary?: string;
  readonly timeout?: number;
  readonly wait?: boolean;
}

export function switchoverCommand(): Command {
  return changeCommand('switchover', 'Ask the leader to hand over to another member, and see what comes of it.')
    .option('--leader <name>', 'refuse unless this one leads')
    .option('--primary <name>', 'the same, in a word of patronictl')
    .option('--candidate <name>', 'who shall lead then (default: the healthiest)')
    .option('--scheduled <time>', 'when, in ISO 8601 with an offset (default: now)')
    .option('--wait', 'until one that is scheduled was carried out, or will not be')
    .addHelpText(
      'after',
      `
The leader acts on it: a Patroni within its loop_wait.

Examples:
  $ tenure switchover --scope batman --candidate node2
  $ tenure switchover --scope batman --yes --scheduled 2030-01-31T04:00+01:00
  $ tenure switchover --scope batman --yes --scheduled 2030-01-31T04:00+01:00 --wait --timeout 300`,
    );
}

export function failoverCommand(): Command {
  return changeCommand('failover', 'Have one member take over, also when nobody leads, and see what comes of it.')
    .option('--candidate <name>', 'who shall lead')
    .addHelpText('after', '\nExample:\n  $ tenure failover --scope batman --candidate node2');
}

function changeCommand(action: LeaderChange, description: string): Command {
  return withWriting(new Command(action).description(description))
    .addArgument(clusterArgument())
    .option(
      '--timeout <seconds>',
      'how long to follow what comes of it, from the time it is for (default: twice the ttl of the cluster)',
      seconds,
    )
    .action(
      ofCluster(async (flags: ChangeFlags) => {
        const { leader, primary } = flags;
        if (leader !== undefined && primary !== undefined && leader !== primary) {
          throw new Exit(EXIT.usage, '--leader and --primary are the same: give only one of them');
        }
        const signal = stopOnSignals();
        await using dcs = await openNamedCluster(flags, signal);
        await change(dcs, action, { ...flags, ...(primary === undefined ? {} : { leader: primary }) }, signal);
      }),
    );
}

async function change(dcs: Dcs, action: LeaderChange, flags: ChangeFlags, signal: AbortSignal): Promise<void> {
  const view = await dcs.view({ signal });
  if (action === 'failover' && flags.candidate === undefined) {
    throw new Exit(
      EXIT.usage,
      `name who shall lead with --candidate: ${namesOf(view) || `${dcs.scope} has no members`}`,
    );
  }
  const plan = planChange(view, action, flags, new Date(), COMMAND_WORDS);
  const { request } = plan;
  const json = flags.json === true;
  if (!json) print(planLines(view, plan).join('\n'));
  if (!json && flags.dryRun === true) print(`would be written: ${wouldBe(request)}`);
  using questions = new Questions(signal);
  if (!(await mayWrite(question(view, plan), flags, questions))) {
    if (json) printJson({ dryRun: true, asked: request, ...candidatesJson(plan) });
    return;
  }
  // The answer may have taken its time.
  if (request.scheduledAt !== undefined) {
    assertAhead(request.scheduledAt, new Date(), COMMAND_WORDS.time(toIso(request.scheduledAt)));
  }
  const { version: seen } = view.failover;
  const version = await dcs.failover.write(request, { version: seen, signal });
  if (version === undefined) {
    throw new Exit(EXIT.failed, 'refused: somebody else asked for something meanwhile; nothing was written');
  }
  const isAwaited = request.scheduledAt === undefined || flags.wait === true;
  if (isAwaited) await tellOutcome(dcs, view, plan, { seen, version }, flags, signal);
  else if (json) printJson({ asked: request, outcome: 'scheduled', version });
  else say(`scheduled: ${requestText(request)}`);
}

async function tellOutcome(
  dcs: Dcs,
  view: ClusterView,
  { request }: Plan,
  versions: { readonly seen: Version | null; readonly version: Version },
  flags: ChangeFlags,
  signal: AbortSignal,
): Promise<void> {
  const from = view.isUnlocked ? undefined : view.leader?.name;
  const timeout = flags.timeout === undefined ? 2 * clusterTtl(view) : flags.timeout * 1000;
  say(`${request.scheduledAt === undefined ? 'asked for' : 'scheduled'}: ${requestText(request)}`);
  const start = performance.now();
  const outcome = await followRequest(dcs, { request, from, ...versions }, timeout, signal).catch((error: unknown) => {
    if (signal.aborted) say(STANDS);
    throw error;
  });
  const took = Math.round(performance.now() - start) / 1000;
  const { type, ...who } = outcome;
  if (flags.json === true)
    printJson({ asked: request, outcome: type, ...who, seconds: took, version: versions.version });
  const message = outcomeText(outcome, request, took);
  if (type !== 'done') throw new Exit(EXIT.failed, message);
  say(message);
}

const STANDS = 'the request stands; tenure flush switchover takes it back';

function outcomeText(outcome: Outcome, request: FailoverRequest, took: number): string {
  const { candidate } = request;
  switch (outcome.type) {
    case 'done':
      return `${printable(outcome.leader)} leads, after ${took} s`;
    case 'overtaken':
      return `${printable(outcome.leader)} leads, before the time that was scheduled; tenure flush switchover takes back what is left of the request`;
    case 'elsewhere':
      return `${printable(outcome.leader)} leads, after ${took} s, and not ${printable(candidate ?? '')}`;
    case 'withdrawn':
      return `the request was taken back after ${took} s, and ${printable(outcome.leader)} still leads${isEarly(request) ? '' : '; its log says why'}`;
    case 'replaced':
      return `somebody else asked for something else after ${took} s; this request is gone`;
    case 'late': {
      const state = outcome.leader === undefined ? 'nobody leads' : `${printable(outcome.leader)} still leads`;
      return `${state} after ${took} s; ${STANDS}`;
    }
  }
}

function planLines(view: ClusterView, { candidates, warning }: Plan): string[] {
  const eligible = candidates.eligible.map(({ name }) => printable(name)).join(', ');
  return [
    ...memberLines(view, 'pretty', { extended: false, tree: false }),
    `candidates: ${eligible || 'none'}`,
    ...(candidates.ineligible.length === 0 ? [] : ['not:']),
    ...reasons(candidates).map((line) => `  ${line}`),
    ...standingLines(view),
    ...(warning === undefined ? [] : [`warning: ${warning}`]),
  ];
}

/** What stands where the request will. */
function standingLines({ failover: { value, problem } }: ClusterView): string[] {
  if (problem !== undefined) return [`what stands there will be replaced: ${printable(problem)}`];
  if (value === undefined || failoverAction(value) === undefined) return [];
  return [`what is asked for already will be replaced: ${requestText(value)}`];
}

function wouldBe(request: FailoverRequest): string {
  const to = request.candidate === undefined ? ' to the healthiest' : '';
  return `${requestText(request)}${to}${request.scheduledAt === undefined ? ' now' : ''}`;
}

function candidatesJson({ candidates: { eligible, ineligible } }: Plan): Record<string, unknown> {
  return {
    candidates: eligible.map(({ name }) => name),
    others: ineligible.map(({ member, obstacles }) => ({ name: member.name, obstacles })),
  };
}

function question(view: ClusterView, { action, request }: Plan): string {
  const to = request.candidate === undefined ? '' : ` to ${printable(request.candidate)}`;
  const at = request.scheduledAt === undefined ? '' : ` at ${toIso(request.scheduledAt)}`;
  if (action === 'switchover') return `Switch ${view.scope} over from ${printable(request.leader ?? '')}${to}${at}?`;
  const deposing = view.isUnlocked ? '' : `, deposing ${printable(view.leader?.name ?? '')}`;
  return `Fail ${view.scope} over${to}${deposing}?`;
}

function namesOf({ members }: ClusterView): string {
  return members.map(({ name }) => printable(name)).join(', ');
}
