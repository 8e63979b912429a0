import { Agent as PlainAgent, request as requestPlain } from 'node:http';
import { request as requestSecure, Agent as SecureAgent } from 'node:https';
import type { TlsMaterial } from '@tenure/core';

const ROUND_TRIPS = 3;
const LARGEST_BODY = 1_048_576;

export interface Answer {
  /** Milliseconds: the shortest of three round trips on one connection. */
  readonly latency: number;
  /** The server's time of day by its `Date` header, whole seconds in milliseconds, and ours at the middle of that round trip. */
  readonly date: number | undefined;
  readonly now: number;
  /** @throws Error when the body is not JSON */
  json(): unknown;
}

interface Asking {
  readonly material: TlsMaterial | undefined;
  /** Milliseconds for each round trip. */
  readonly timeout: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** GET of a path. @throws Error for what keeps the server from answering, and for another status than 200 */
export async function get(endpoint: string, path: string, asking: Asking): Promise<Answer> {
  const secure = endpoint.startsWith('https://') || (asking.material !== undefined && !endpoint.startsWith('http://'));
  const url = new URL(path, `${secure ? 'https' : 'http'}://${endpoint.replace(/^https?:\/\//, '')}`);
  const agent = new (secure ? SecureAgent : PlainAgent)({ keepAlive: true, maxSockets: 1 });
  try {
    let best: Answer | undefined;
    for (let trip = 0; trip < ROUND_TRIPS; trip += 1) {
      const answer = await roundTrip(url, agent, asking);
      if (best === undefined || answer.latency < best.latency) best = answer;
    }
    return best as Answer;
  } finally {
    agent.destroy();
  }
}

async function roundTrip(url: URL, agent: PlainAgent | SecureAgent, asking: Asking): Promise<Answer> {
  const { material, timeout, headers = {} } = asking;
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  return await new Promise((resolve, reject) => {
    const sent = performance.now();
    const signal = AbortSignal.timeout(timeout);
    const outgoing = request(
      url,
      { agent, headers, signal, ...(url.protocol === 'https:' ? material : {}) },
      (answer) => {
        const latency = performance.now() - sent;
        const date = Date.parse(answer.headers.date ?? '');
        const now = Date.now() - latency / 2;
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => {
          body += text;
          if (body.length > LARGEST_BODY) answer.destroy(new Error('it answers with more than 1 MB'));
        });
        answer.on('error', reject);
        answer.on('end', () => {
          if (answer.statusCode !== 200) reject(new Error(`it answers with status ${answer.statusCode}`));
          else resolve({ latency, date: Number.isNaN(date) ? undefined : date, now, json: () => JSON.parse(body) });
        });
      },
    );
    outgoing.on('error', (error) => {
      reject(signal.aborted ? new Error(`it does not answer within ${timeout} ms`) : error);
    });
    outgoing.end();
  });
}
