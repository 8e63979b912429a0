import { connect as connectPlain } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import type { TlsMaterial } from '@tenure/core';
import { addressOf } from './address.ts';

const ROUND_TRIPS = 3;

export interface Srvr {
  readonly version: string;
  /** `leader`, `follower`, `observer` or `standalone`. */
  readonly role: string;
  /** Milliseconds: the shortest of three, each from the command's sending to the first byte of its answer. */
  readonly latency: number;
}

interface Asking {
  readonly material: TlsMaterial | undefined;
  readonly timeout: number;
}

/** ZooKeeper's command `srvr`, the one that every server answers unless told otherwise. @throws Error */
export async function srvr(endpoint: string, asking: Asking): Promise<Srvr> {
  let best: Srvr | undefined;
  for (let trip = 0; trip < ROUND_TRIPS; trip += 1) {
    const { text, latency } = await ask(endpoint, asking);
    const version = /^Zookeeper version: ([^\s,-]+)/m.exec(text)?.[1];
    const role = /^Mode: (\w+)$/m.exec(text)?.[1];
    if (version === undefined || role === undefined)
      throw new Error(`it answers srvr with ${JSON.stringify(text.slice(0, 80))}`);
    if (best === undefined || latency < best.latency) best = { version, role, latency };
  }
  return best as Srvr;
}

/** The server closes the connection after its answer. */
async function ask(endpoint: string, { material, timeout }: Asking): Promise<{ text: string; latency: number }> {
  const { host, port } = addressOf(endpoint);
  return await new Promise((resolve, reject) => {
    let text = '';
    let sent = 0;
    let latency = 0;
    const greet = () => {
      sent = performance.now();
      socket.write('srvr');
    };
    const socket =
      material === undefined ? connectPlain({ host, port }, greet) : connectSecure({ host, port, ...material }, greet);
    socket.setTimeout(timeout, () => socket.destroy(new Error(`it does not answer within ${timeout} ms`)));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      if (text === '') latency = performance.now() - sent;
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve({ text, latency }));
  });
}
