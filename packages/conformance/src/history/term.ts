import type { ActEvent, TermEvent } from './event.ts';

/** One term, as it was told. A time that was not told is Infinity or -Infinity: later, or earlier, than all. */
export interface Term {
  readonly token: number;
  /** More than one: the token was used again. */
  readonly acquired: { readonly place: number; readonly at: number; readonly client: string }[];
  readonly acts: ActEvent[];
  /** Who told of this term or acted in it, and since when. */
  readonly used: Map<string, number>;
  firstAct: number;
  lastAct: number;
  /** When a holder last heard that the office is its own. */
  provedAt: number;
  released: boolean;
}

/** The terms of a history. */
export class Terms {
  readonly lost: TermEvent[] = [];
  readonly #byToken = new Map<number, Term>();

  told(event: TermEvent, place: number): void {
    const { at, client, token } = event;
    const term = this.#term(token, client, at);
    if (event.event === 'acquired') term.acquired.push({ place, at, client });
    if (event.event === 'acquired' || event.event === 'renewed') term.provedAt = at;
    else if (event.event === 'released') term.released = true;
    else this.lost.push(event);
  }

  acted(act: ActEvent): void {
    const term = this.#term(act.token, act.client, act.from);
    term.acts.push(act);
    term.firstAct = Math.min(term.firstAct, act.from);
    term.lastAct = Math.max(term.lastAct, act.to);
  }

  get(token: number): Term | undefined {
    return this.#byToken.get(token);
  }

  /** In the order of their tokens. */
  get all(): readonly Term[] {
    return [...this.#byToken.values()].sort((a, b) => a.token - b.token);
  }

  #term(token: number, client: string, at: number): Term {
    let term = this.#byToken.get(token);
    if (term === undefined) {
      term = {
        ...{ token, acquired: [], acts: [], used: new Map(), released: false },
        firstAct: Number.POSITIVE_INFINITY,
        lastAct: Number.NEGATIVE_INFINITY,
        provedAt: Number.NEGATIVE_INFINITY,
      };
      this.#byToken.set(token, term);
    }
    if (!term.used.has(client)) term.used.set(client, at);
    return term;
  }
}
