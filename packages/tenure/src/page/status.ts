import { byId, h, patchChildren } from './dom.ts';
import { duration } from './duration.ts';
import type { Freshness, HelloEvent } from './wire.ts';

/** How much of the page can be believed, in words at its top. */
export class Status {
  readonly #words = byId('status-words', HTMLElement);
  readonly #age = byId('status-age', HTMLElement);
  readonly #banner = byId('status', HTMLElement);
  readonly #main = byId('main', HTMLElement);
  #hello: HelloEvent | undefined;
  #freshness: Freshness | undefined;
  #received = { monotonic: 0, wall: 0 };
  /** When contact was lost, in words. */
  #lost: string | undefined;

  constructor() {
    setInterval(() => this.#showAge(), 1000);
  }

  hello(hello: HelloEvent): void {
    this.#hello = hello;
    this.tell(hello);
  }

  /** The server has spoken. */
  tell({ stale, age }: Freshness): void {
    this.#freshness = { stale, age };
    this.#received = { monotonic: performance.now(), wall: Date.now() };
    this.#lost = undefined;
    this.#show();
  }

  /** The server has not spoken for too long, or the connection has broken. */
  lose(): void {
    this.#lost ??= new Date().toLocaleTimeString();
    this.#show();
  }

  /** Milliseconds since the server spoke. The clock that stands still while the machine sleeps does not count. */
  get silence(): number {
    const { monotonic, wall } = this.#received;
    return Math.max(performance.now() - monotonic, Date.now() - wall);
  }

  #show(): void {
    const state = this.#lost !== undefined ? 'lost' : this.#freshness?.stale === true ? 'stale' : 'live';
    this.#banner.dataset.state = state;
    this.#main.dataset.state = state;
    const [title, text] = this.#sentence(state);
    patchChildren(this.#words, [h('strong', {}, title), document.createTextNode(` ${text}`)]);
    this.#showAge();
  }

  #sentence(state: string): readonly [string, string] {
    const { store = 'the store', confirmedWithin = 0 } = this.#hello ?? {};
    if (state === 'lost') {
      const since = `since ${this.#lost ?? ''}`;
      return [
        'Not connected.',
        `The server of this page cannot be reached ${since}; trying again. What is shown may be wrong.`,
      ];
    }
    if (state === 'stale') return ['Stale.', `${store} does not confirm what is shown. It may be wrong.`];
    return ['Live.', `${store} confirmed what is shown within the last ${duration(confirmedWithin)}.`];
  }

  /** Not a live region: nobody wants every second read out. */
  #showAge(): void {
    if (this.#freshness === undefined) return;
    const { stale, age } = this.#freshness;
    const total = duration(age + this.silence);
    const known = stale || this.#lost !== undefined;
    this.#age.textContent = known ? `Last known to be so ${total} ago.` : '';
  }
}
