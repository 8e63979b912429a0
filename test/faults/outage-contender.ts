import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Dcs, type Lease, type LeaseEvent, lead, type Store, type Timing } from '@tenure/core';
import { ms, now, until } from './outage-parts.ts';

/** One term as its holder lived it. Times of the one clock of this process. */
export interface Term {
  readonly name: string;
  readonly token: number;
  /** When the holder was told that it leads. */
  readonly from: number;
  /** The last act, and how many there were. */
  lastAct: number;
  acts: number;
  /** The least validity that was left at an act, milliseconds. */
  least: number;
  /** When the lease told that it had ended. */
  lostAt: number | undefined;
}

/**
 * A daemon as the guide shows it: stands for office with `lead`, renews each `loopWait`, and acts each millisecond for as
 * long as `assertHeld` lets it, also after it was told to stop.
 */
export class Contender implements AsyncDisposable {
  readonly dcs: Dcs;
  readonly terms: Term[] = [];
  /** When the acquiring or a renewal was answered, by token. */
  readonly answers: { readonly token: number; readonly at: number }[] = [];
  error: unknown;
  readonly #leaving = new AbortController();
  readonly #done: Promise<void>;
  readonly #acting: NodeJS.Timeout[] = [];
  readonly #listen = (event: unknown) => {
    const { scope, name, token, event: what } = event as LeaseEvent;
    if (scope !== this.dcs.scope || name !== this.dcs.name) return;
    if (what === 'acquired' || what === 'renewed') this.answers.push({ token, at: now() });
  };

  constructor(store: Store, scope: string, name: string, timing: Partial<Timing>) {
    this.dcs = new Dcs({ store, scope, name, timing });
    subscribe('tenure:lease', this.#listen);
    const { signal } = this.#leaving;
    this.#done = lead(this.dcs, (lease) => this.#act(lease), { signal }).catch((error: unknown) => {
      if (!signal.aborted) this.error = error;
    });
  }

  get term(): Term | undefined {
    return this.terms.at(-1);
  }

  get leads(): boolean {
    return this.dcs.lease !== undefined;
  }

  /** Leads under `token`, or its watch shows just now that somebody does. */
  knows(token: number): boolean {
    const { lease, latest } = this.dcs;
    return (lease?.token ?? (latest?.stale === false && latest.leader?.token)) === token;
  }

  /** The longest time between two answered renewals of the last term, milliseconds. */
  get longestGap(): number {
    const { token } = this.answers.at(-1) ?? {};
    const times = this.answers.filter((answer) => answer.token === token).map(({ at }) => at);
    return Math.max(0, ...times.slice(1).map((at, i) => at - (times[i] ?? at)));
  }

  renewalsAfter(moment: number): number {
    return this.answers.filter(({ at }) => at > moment).length;
  }

  async leave(): Promise<void> {
    this.#leaving.abort(new Error('the test is over'));
    await this.#done;
    for (const timer of this.#acting) clearInterval(timer);
    unsubscribe('tenure:lease', this.#listen);
    await this.dcs.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  async #act(lease: Lease): Promise<void> {
    const { name, token } = lease;
    const term: Term = { name, token, from: now(), lastAct: now(), acts: 0, least: Infinity, lostAt: undefined };
    this.terms.push(term);
    const act = () => {
      const [at, { remaining }] = [now(), lease];
      try {
        lease.assertHeld();
      } catch {
        return;
      }
      term.lastAct = at;
      term.acts += 1;
      term.least = Math.min(term.least, remaining);
    };
    this.#acting.push(setInterval(act, 1));
    await new Promise<void>((resolve) => {
      if (lease.signal.aborted) resolve();
      lease.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    term.lostAt = now();
  }
}

/** The newest term that any of them entered. */
export function newest(...contenders: readonly Contender[]): Term | undefined {
  return contenders
    .flatMap(({ terms }) => terms)
    .reduce<Term | undefined>(
      (newer, term) => (newer === undefined || term.token > newer.token ? term : newer),
      undefined,
    );
}

/**
 * The terms of all, by token. Fails when two share a token, came in another order than their tokens, or led at one time.
 * `window`: from an election to the last act of anyone before it, the longest there was; below 0: nobody led meanwhile.
 */
export function succession(...contenders: readonly Contender[]): { terms: Term[]; window: number } {
  for (const { error } of contenders) assert.ifError(error);
  const terms = contenders.flatMap((contender) => contender.terms).sort((a, b) => a.token - b.token);
  let window = -Infinity;
  for (const [i, next] of terms.entries()) {
    for (const earlier of terms.slice(0, i)) {
      assert.ok(earlier.token < next.token, `token ${next.token} was given twice`);
      assert.ok(earlier.from < next.from, `token ${next.token} was given before ${earlier.token}`);
      window = Math.max(window, earlier.lastAct - next.from);
    }
  }
  assert.ok(window <= 0, `two leaders for ${ms(window)}`);
  return { terms, window };
}

/** A third one, who has followed the rival, leads when the rival leaves; nobody else led meanwhile. Resolves to the window. */
export async function handOver(holder: Contender, rival: Contender, third: Contender): Promise<number> {
  await until('it knows', () => third.knows(rival.term?.token ?? 0));
  await rival.leave();
  await until('it leads', () => third.term && third.term.acts > 0);
  const { terms, window } = succession(holder, rival, third);
  assert.deepEqual(
    terms.map(({ name }) => name),
    ['a', 'b', 'c'],
  );
  return window;
}

/** The holder has led all the time, and leads still. Returns the window. */
export function undisturbed(holder: Contender, rival: Contender): number {
  const { terms, window } = succession(holder, rival);
  assert.deepEqual(
    terms.map(({ name, lostAt }) => ({ name, lostAt })),
    [{ name: 'a', lostAt: undefined }],
    'the holder was demoted without need',
  );
  return window;
}
