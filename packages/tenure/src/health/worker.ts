import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { answer } from './answer.ts';
import { LeaseBoard } from './lease-board.ts';
import type { Start, Started } from './protocol.ts';

/** The thread of the health endpoint. It needs nothing of the thread that leads but what that one has posted. */
const { board: buffer, subject, host, port } = workerData as Start;
const board = new LeaseBoard(buffer);

/** HAProxy asks with OPTIONS, others with HEAD: the status is all that they want (Patroni, docs/rest_api.rst). */
const METHODS = ['GET', 'HEAD', 'OPTIONS'];

function respond(request: IncomingMessage, response: ServerResponse): void {
  const { method = '', url = '/' } = request;
  response.setHeader('Cache-Control', 'no-store');
  if (!METHODS.includes(method)) {
    response.writeHead(405, { Allow: METHODS.join(', ') }).end();
    return;
  }
  const { status, body } = answer(url.replace(/\?.*$/s, ''), board.read(), subject);
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(method === 'GET' ? `${JSON.stringify(body)}\n` : undefined);
}

function tell(message: Started): void {
  parentPort?.postMessage(message);
}

const server = createServer(respond);
server.once('error', (error: NodeJS.ErrnoException) => {
  tell({ type: 'failed', code: error.code ?? '', message: error.message });
});
server.listen(port, host, () => tell({ type: 'listening', port: (server.address() as AddressInfo).port }));
