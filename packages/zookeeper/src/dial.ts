import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { breakOff, type TlsMaterial } from '@tenure/core';

export interface Server {
  /** A name, an IPv4 or a bare IPv6 address. */
  readonly host: string;
  readonly port: number;
}

export interface DialHandlers {
  readonly onOpen: () => void;
  readonly onData: (bytes: Buffer) => void;
  readonly onDrain: () => void;
  readonly onError: (error: Error) => void;
  /** Follows every error, too. */
  readonly onClose: (hadError: boolean) => void;
}

/** One connection, from its first packet to its last. */
export interface Dialed {
  readonly socket: Socket;
  /** At once, and what the kernel still holds is not sent any more. */
  drop(): void;
}

/** A handler that throws breaks the connection and nothing else. */
export function dial({ host, port }: Server, tls: TlsMaterial | undefined, handlers: DialHandlers): Dialed {
  const raw = connectTcp({ host, port, noDelay: true });
  const socket = tls === undefined ? raw : secured(raw, host, tls);
  const drop = () => {
    // With TLS, the end of its stream shuts down the one below.
    if (socket.writableEnded) raw.destroy();
    else breakOff(raw);
    socket.destroy();
  };
  const guard =
    <Arguments extends unknown[]>(handler: (...given: Arguments) => void) =>
    (...given: Arguments) => {
      try {
        handler(...given);
      } catch {
        drop();
      }
    };
  // What breaks below TLS, TLS tells.
  raw.on('error', () => {});
  socket.on('error', guard(handlers.onError));
  socket.on(tls === undefined ? 'connect' : 'secureConnect', guard(handlers.onOpen));
  socket.on('data', guard(handlers.onData));
  socket.on('drain', guard(handlers.onDrain));
  socket.on('close', guard(handlers.onClose));
  return {
    socket,
    drop,
  };
}

/** A name is checked against the certificate and sent along (SNI); an address is only checked. */
function secured(raw: Socket, host: string, { ca, cert, key, passphrase }: TlsMaterial): Socket {
  return connectTls({
    socket: raw,
    host,
    ca,
    ...(isIP(host) === 0 && { servername: host }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
  });
}
