import { createSocket, type Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Free TCP ports of 127.0.0.1, kept from every other caller of `reservePorts` on this machine until released. */
export interface PortReservation {
  readonly ports: readonly number[];
  release(): void;
}

const lowest = 20_000;

/**
 * Reserves `count` ports below the range the kernel takes outgoing ports from, so that no connection lands on one
 * while its server is down. The reservation is the UDP port of the same number, which these servers do not use:
 * the kernel gives it to one process only and takes it back when that process dies.
 */
export async function reservePorts(count: number): Promise<PortReservation> {
  const sockets: Socket[] = [];
  const ports: number[] = [];
  const release = () => {
    for (const socket of sockets.splice(0)) socket.close();
  };
  try {
    const span = firstEphemeralPort() - lowest;
    for (let attempt = 0; ports.length < count; attempt += 1) {
      if (attempt === 1000)
        throw new Error(`No ${count} free ports on 127.0.0.1 from ${lowest} to ${lowest + span - 1}`);
      const port = lowest + Math.floor(Math.random() * span);
      const socket = await bindUdp(port);
      if (socket === undefined) continue;
      sockets.push(socket);
      if (await isTcpFree(port)) ports.push(port);
    }
    return { ports, release };
  } catch (error) {
    release();
    throw error;
  }
}

function firstEphemeralPort(): number {
  const [first = ''] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/);
  return Number(first) > lowest ? Number(first) : 32_768;
}

function bindUdp(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref();
    socket.once('error', () => {
      socket.close();
      resolve(undefined);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(socket));
  });
}

function isTcpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
