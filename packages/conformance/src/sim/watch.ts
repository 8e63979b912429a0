import { SnapshotFeed, type WatchOptions } from '@tenure/core';
import type { Connection, Line } from './line.ts';
import type { SimProcess } from './process.ts';
import type { Follower, SimServer } from './server.ts';

const DEFAULT_STALE_AFTER = 10_000;

/**
 * One watch across a line: a stream on which the server tells each change in order, and answers the questions whether it
 * still is there. What breaks or falls silent is opened anew, from the state as it is then.
 */
export class SimWatch {
  readonly feed: SnapshotFeed;
  readonly #server: SimServer;
  readonly #line: Line;
  readonly #process: SimProcess;
  readonly #prefix: string;
  readonly #staleAfter: number;
  #leave: () => void = () => undefined;

  constructor(
    server: SimServer,
    line: Line,
    process: SimProcess,
    prefix: string,
    options: WatchOptions,
    closing: AbortSignal,
  ) {
    this.#server = server;
    this.#line = line;
    this.#process = process;
    this.#prefix = prefix;
    this.#staleAfter = options.staleAfter ?? DEFAULT_STALE_AFTER;
    const close = () => this.feed.fail(closing.reason);
    this.feed = new SnapshotFeed(process, options, () => {
      closing.removeEventListener('abort', close);
      this.#leave();
    });
    if (closing.aborted) close();
    else closing.addEventListener('abort', close, { once: true });
    if (!this.feed.ended) this.#open();
  }

  #open(): void {
    const [line, server] = [this.#line, this.#server];
    const connection: Connection = { broken: () => reopen() };
    let left = false;
    let unanswered = false;
    let told = 0;
    let heard = 0;
    let sentAt = 0;
    let asOf = this.#process.now();
    let cancel = () => {};
    const leave = () => {
      left = true;
      cancel();
      line.close(connection);
      server.leave(follower);
    };
    const reopen = () => {
      leave();
      this.#leave = this.#process.timer(this.#staleAfter / 10, () => this.#open());
    };
    const follower: Follower = {
      prefix: this.#prefix,
      changed: () => {
        const [entries, proven] = [server.read(this.#prefix), asOf];
        told += 1;
        sentAt = line.home(connection, sentAt, () => {
          heard += 1;
          unanswered = false;
          this.feed.push(entries, proven);
        });
      },
    };
    const answer = (asked: number) => {
      // What opens the stream was lost, or is late: there is nothing yet to confirm.
      if (told === 0) return;
      asOf = Math.max(asOf, asked);
      const [expected, proven] = [told, asOf];
      sentAt = line.home(connection, sentAt, () => {
        // A change that was lost on the way: this stream is as good as dead.
        if (heard < expected) return;
        unanswered = false;
        if (heard === expected) this.feed.confirm(proven);
      });
    };
    const send = (serve: () => void) => {
      line.out(connection, () => {
        if (left) return;
        if (server.down) line.home(connection, sentAt, reopen);
        else server.process.hear(serve);
      });
      askLater();
    };
    const askLater = () => {
      cancel = this.#process.timer(this.#staleAfter / 2, () => {
        if (unanswered) return reopen();
        unanswered = true;
        const asked = this.#process.now();
        send(() => answer(asked));
      });
    };
    this.#leave = leave;
    line.open(connection);
    if (line.refused) {
      line.home(connection, 0, reopen);
      askLater();
    } else {
      send(() => {
        if (left) return;
        server.follow(follower);
        follower.changed();
      });
    }
  }
}
