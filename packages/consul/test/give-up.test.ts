import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeCertificates } from '../../../test/servers/certs.ts';
import { consul } from '../src/index.ts';
import { failsWith, put } from './help.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenure-give-up-'));
after(() => rmSync(folder, { recursive: true }));
const certs = await makeCertificates(folder);
const pem = (file: string) => readFileSync(file);
const options = { key: pem(certs.server.key), cert: pem(certs.server.cert) };

/** A close in order would let the kernel go on delivering what it holds: the server would be told of an end, and of no error. */
for (const secure of [false, true]) {
  test(`a write that is given up resets its connection, ${secure ? 'with' : 'without'} TLS`, async () => {
    const ended = Promise.withResolvers<string>();
    const silent = ({ socket }: { readonly socket: Socket }) => {
      socket.on('error', ({ code }: NodeJS.ErrnoException) => ended.resolve(String(code)));
      socket.on('end', () => ended.resolve('in order'));
    };
    const server = secure ? createSecureServer(options, silent) : createServer(silent);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      await using store = consul({ endpoints: [`127.0.0.1:${port}`], ...(secure && { tls: { ca: certs.ca } }) });
      const write = { guards: [], writes: [put('/a', 'x'.repeat(1000))] };
      const error = await failsWith('UNAVAILABLE', store.commit(write, { timeout: 500 }));
      assert.equal(error.maybeApplied, true);
      assert.equal(await ended.promise, 'ECONNRESET');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}
