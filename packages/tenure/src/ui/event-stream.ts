import type { ServerResponse } from 'node:http';
import type { HelloEvent } from '../page/wire.ts';
import type { NamespaceFeed } from './feed.ts';

/** Milliseconds between two signs of life, so that a page can tell a quiet server from a lost one. */
export const BEAT = 5000;

/** What a page is told of its server. */
export type About = Omit<HelloEvent, 'clusters' | 'stale' | 'age'>;

/**
 * Server-sent events to one page: `hello` with everything, `clusters` with what changed, `beat`. A page that reads too slowly
 * misses states, never the last one: it is told everything again once it has caught up.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #feed: NamespaceFeed;
  readonly #about: About;
  #behind = false;

  /** It ends with the first beat at which the page is `allowed` no more. */
  constructor(response: ServerResponse, feed: NamespaceFeed, about: About, allowed: () => boolean) {
    this.#response = response;
    this.#feed = feed;
    this.#about = about;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    // Milliseconds until a browser that lost us tries again.
    response.write('retry: 1000\n\n');
    this.#hello();
    const forget = feed.listen((event) => this.#send('clusters', event));
    const beat = setInterval(() => {
      if (allowed()) this.#send('beat', feed.freshness);
      else response.end();
    }, BEAT);
    response.on('drain', () => {
      if (this.#behind) this.#hello();
    });
    response.on('close', () => {
      clearInterval(beat);
      forget();
    });
  }

  #hello(): void {
    this.#behind = false;
    this.#write('hello', { ...this.#about, ...this.#feed.freshness, clusters: this.#feed.clusters });
  }

  #send(event: string, data: unknown): void {
    if (this.#response.writableNeedDrain) this.#behind = true;
    else this.#write(event, data);
  }

  #write(event: string, data: unknown): void {
    this.#response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
