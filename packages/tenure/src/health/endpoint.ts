import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Dcs } from '@tenure/core';
import { follow } from './follow.ts';
import { LeaseBoard } from './lease-board.ts';
import type { Start, Started } from './protocol.ts';

export interface HealthOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1. A load balancer elsewhere needs an address that it reaches; nothing secret is told. */
  readonly host?: string;
}

/**
 * Answers over HTTP, in a thread of its own, whether this member leads: 200 while its lease is valid at the moment of the request, 503 from
 * its deadline on, also when the thread that leads hangs and can renew, stop or say nothing. The deadline is compared with both clocks
 * of the host, so that suspend counts. Paths and methods are Patroni's (docs/rest_api.rst): `/leader`; `/`, `/primary`, `/read-write`;
 * `/standby-leader`; by GET, HEAD, OPTIONS. A watch of `dcs` of its own tells at once whether the cluster is a standby cluster.
 */
export class HealthEndpoint implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #leave: () => Promise<void>;
  readonly port: number;
  #closed = false;

  private constructor(worker: Worker, leave: () => Promise<void>, port: number, scope: string) {
    this.#worker = worker;
    this.#leave = leave;
    this.port = port;
    let why = 'its thread ended';
    worker.on('error', (error) => {
      why = String(error);
    });
    // Whoever asks is refused, as by a daemon that is gone. That is no reason for the daemon to stop.
    worker.on('exit', () => {
      if (this.#closed) return;
      process.emitWarning(`the health endpoint of ${scope} answers no more: ${why}`, { type: 'TenureWarning' });
    });
  }

  /**
   * Resolves when it answers. It ends with `close`; until then its watch may keep the process up, as any of that store. Should its thread
   * break down, that is a process warning, `TenureWarning`, and every request is refused from then on.
   * @throws RangeError for a port that is none; Error with the code of the system, as EADDRINUSE, when it cannot listen there
   */
  static async open(dcs: Dcs, options: HealthOptions): Promise<HealthEndpoint> {
    const { port, host = '127.0.0.1' } = options;
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new RangeError(`port must be an integer from 0 to 65535, got ${String(port)}`);
    }
    const board = new LeaseBoard();
    const { scope, name, group } = dcs;
    const subject = { scope, name, ...(group === undefined ? {} : { group }) };
    const workerData: Start = { board: board.buffer, subject, host, port };
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      name: 'tenure-health',
      workerData,
      execArgv: [],
    });
    const leave = follow(dcs, board);
    try {
      const [started] = (await once(worker, 'message')) as [Started];
      if (started.type === 'failed') throw Object.assign(new Error(started.message), { code: started.code });
      worker.unref();
      return new HealthEndpoint(worker, leave, started.port, scope);
    } catch (error) {
      await leave();
      await worker.terminate();
      throw error;
    }
  }

  /** Answers no more, and watches no more. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#leave();
    await this.#worker.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
