import { createConnection } from 'node:net';
import { ServerNode } from './node.ts';
import type { ServerCommand } from './process.ts';
import type { ZooKeeperPorts } from './zookeeper-options.ts';

/** Milliseconds for the answer to a four-letter word; a frozen node gives none. */
const answerWithin = 1_000;

/** One ZooKeeper process of an ensemble; its endpoint is the client port, with tls the secure one. */
export class ZooKeeperNode extends ServerNode {
  readonly #plainPort: number;

  constructor(ports: ZooKeeperPorts, tls: boolean, command: ServerCommand) {
    super(`127.0.0.1:${tls ? ports.secure : ports.client}`, command);
    this.#plainPort = ports.client;
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
    return fourLetterWord('127.0.0.1', this.#plainPort, word);
  }
}

/** What the server at a plain port answers. Rejects when it does not within a second. */
export function fourLetterWord(host: string, port: number, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = createConnection({ host, port });
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
