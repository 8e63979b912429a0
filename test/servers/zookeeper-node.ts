import { createConnection } from 'node:net';
import { ServerNode } from './node.ts';
import type { ServerCommand } from './process.ts';
import type { ZooKeeperPorts } from './zookeeper-options.ts';

/** Milliseconds for the answer to a four-letter word; a frozen node gives none. */
const answerWithin = 1_000;

/** One ZooKeeper process of an ensemble; its endpoint is the client port, with tls the secure one. */
export class ZooKeeperNode extends ServerNode {
  readonly #plain: { readonly host: string; readonly port: number };

  /** `host`: where clients come. */
  constructor(ports: ZooKeeperPorts, tls: boolean, command: ServerCommand, host = '127.0.0.1') {
    super(`${host}:${tls ? ports.secure : ports.client}`, command);
    this.#plain = { host, port: ports.client };
  }

  async isHealthy(): Promise<boolean> {
    return (await this.mode()) !== undefined;
  }

  /** Also when it stands alone. */
  async isLeader(): Promise<boolean> {
    const mode = await this.mode();
    return mode === 'leader' || mode === 'standalone';
  }

  /** `leader`, `follower`, `standalone`; undefined while it does not serve. `ruok` would say imok long before that. */
  async mode(): Promise<string | undefined> {
    if (!this.alive || this.frozen) return undefined;
    try {
      return /^Mode: (\w+)$/m.exec(await this.fourLetterWord('srvr'))?.[1];
    } catch {
      return undefined;
    }
  }

  /** What the server answers to `srvr`, `mntr`, `cons`, `wchs` … Rejects when it does not within a second. */
  fourLetterWord(word: string): Promise<string> {
    return fourLetterWord(this.#plain, word);
  }
}

/** What the server at a plain port answers. Rejects when it does not within a second. */
export function fourLetterWord(
  server: { readonly host: string; readonly port: number },
  word: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = createConnection(server);
    const timer = setTimeout(() => socket.destroy(new Error(`no answer to ${word}`)), answerWithin);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(word));
    socket.on('data', (text) => {
      answer += text;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}
