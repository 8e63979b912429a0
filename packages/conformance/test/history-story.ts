import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../src/history/check.ts';
import { mergeHistories } from '../src/history/codec.ts';
import type { HistoryEvent, ReturnEvent, RunEvent, StateEvent, TermEvent, Value } from '../src/history/event.ts';
import type { Figures, Rule } from '../src/history/report.ts';

/** A ttl of 1000, `staleAfter` 100, `leaderWithin` 500 ms. */
export const run: RunEvent = {
  ...{ type: 'run', at: 0, store: 'story', client: 'tenure', seed: '1' },
  ...{ ttl: 1000, staleAfter: 100, leaderWithin: 500, grace: 0 },
};

type Part = readonly HistoryEvent[];

/** A history of what is told in any order. */
export function story(parts: readonly Part[]): HistoryEvent[] {
  return [run, ...mergeHistories(parts)];
}

export interface Story {
  readonly title: string;
  readonly events: readonly Part[];
  /** What it breaks: a rule, and what the message says, for each violation. Left out: nothing. */
  readonly breaks?: readonly (readonly [rule: Rule, message: RegExp])[];
  readonly figures?: Partial<Figures>;
}

/** One test for each: all the violations that it names and no others. */
export function tell(stories: readonly Story[]): void {
  for (const { title, events, breaks = [], figures = {} } of stories) {
    test(title, () => {
      const report = check(story(events));
      const told = report.violations.map(({ rule, message }) => `${rule}: ${message}`);
      assert.equal(told.length, breaks.length, told.join('\n'));
      for (const [index, [rule, message]] of breaks.entries()) {
        assert.equal(report.violations[index]?.rule, rule);
        assert.match(told[index] ?? '', message);
      }
      for (const [figure, value] of Object.entries(figures))
        assert.deepEqual(report.figures[figure as keyof Figures], value, figure);
    });
  }
}

export function term(at: number, client: string, event: TermEvent['event'], token: number): Part {
  return [{ type: 'term', at, client, token, event }];
}

export function acts(client: string, token: number, from: number, to: number, paused = 0): Part {
  return [{ type: 'act', at: to + paused, client, token, from, to, count: 2, paused }];
}

let calls = 0;

interface WriteStory {
  /** A guarded write lands only on this. */
  readonly after?: Value;
  readonly token?: number;
  readonly outcome?: ReturnEvent['outcome'];
  readonly document?: string;
  readonly error?: string;
}

/** @param to `undefined`: it never returned */
export function writes(client: string, value: string, from: number, to?: number, how: WriteStory = {}): Part {
  const { document = 'config', outcome = 'ok', error, ...guards } = how;
  calls += 1;
  const call: HistoryEvent = {
    type: 'call',
    at: from,
    client,
    id: calls,
    document,
    operation: 'write',
    value,
    ...guards,
  };
  return to === undefined
    ? [call]
    : [call, { type: 'return', at: to, id: calls, outcome, ...(error !== undefined && { error }) }];
}

export function reads(client: string, found: Value, from: number, to: number, document = 'config'): Part {
  calls += 1;
  return [
    { type: 'call', at: from, client, id: calls, document, operation: 'read' },
    { type: 'return', at: to, id: calls, outcome: 'ok', value: found },
  ];
}

/** A look at the one watch of a client. */
export function sees(at: number, client: string, config: Value, how: { stale?: boolean; token?: number } = {}): Part {
  const { stale = false, token } = how;
  const leader = token === undefined ? {} : { leader: { name: 'somebody', token } };
  return [{ type: 'view', at, client, watch: `${client}-watch`, stale, documents: { config }, ...leader }];
}

export function stands(at: number, key: string, value: Value, by: StateEvent['by'] = 'client'): Part {
  return [{ type: 'state', at, key, value, by }];
}

let faults = 0;

/** @param to `undefined`: it did not end */
export function suffers(fault: string, from: number, to?: number): Part {
  faults += 1;
  const begin: HistoryEvent = { type: 'fault', at: from, id: faults, phase: 'begin', fault };
  return to === undefined ? [begin] : [begin, { type: 'fault', at: to, id: faults, phase: 'end', fault }];
}

export function pauses(client: string, from: number, to: number): Part {
  return [{ type: 'pause', at: to, client, from }];
}
