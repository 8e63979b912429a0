import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { breakOff, type TlsMaterial } from '@tenure/core';

/** Connections that are kept for the next reads; more are closed after use. */
const MOST_IDLE = 2;

/** One connection at a time, for one request at a time. */
export class Connection {
  readonly agent: HttpAgent;
  /** A request was answered on it. */
  used = false;
  /** It stands: the handshake is over, and what is sent may arrive. */
  connected = false;
  /** Called when it ends, whoever ended it. */
  onEnd: () => void = () => {};

  readonly material: TlsMaterial | undefined;
  #raw: Socket | undefined;

  constructor(secure: boolean, tls: TlsMaterial | undefined) {
    this.material = tls;
    const options = { keepAlive: true, maxSockets: 1 };
    this.agent = secure ? new HttpsAgent({ ...options, ...tls }) : new HttpAgent(options);
    const connect = this.agent.createConnection.bind(this.agent);
    this.agent.createConnection = (wanted, callback) => {
      this.connected = false;
      const { host, port } = wanted;
      // IPv6 addresses come in brackets.
      const address = { host: (host ?? 'localhost').replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
      const raw = connectTcp({ ...address, noDelay: true });
      this.#raw = raw;
      const socket = secure ? connect(Object.assign(wanted, address, { socket: raw }), callback) : raw;
      socket?.once(secure ? 'secureConnect' : 'connect', () => {
        this.connected = true;
      });
      socket?.once('close', () => this.onEnd());
      return socket;
    };
  }

  close(): void {
    this.agent.destroy();
  }

  /** Ends it at once: what the kernel still holds of the request is not sent any more. */
  reset(): void {
    if (this.#raw !== undefined) breakOff(this.#raw);
    this.close();
  }
}

/** The idle connections to one agent. */
export class Connections {
  readonly #secure: boolean;
  readonly #tls: () => TlsMaterial | undefined;
  #idle: Connection[] = [];
  #material: TlsMaterial | undefined;
  #closed = false;

  constructor(secure: boolean, tls: () => TlsMaterial | undefined) {
    this.#secure = secure;
    this.#tls = tls;
  }

  /** A kept connection where there is one. Its other end may just have closed it. */
  take(): Connection {
    this.#dropOldCertificates();
    return this.#idle.pop() ?? this.fresh();
  }

  fresh(): Connection {
    this.#dropOldCertificates();
    return new Connection(this.#secure, this.#material);
  }

  /** Keeps a connection on which a request was answered. */
  keep(connection: Connection): void {
    connection.used = true;
    connection.onEnd = () => {};
    const old = connection.material !== this.#material;
    if (this.#closed || old || this.#idle.length >= MOST_IDLE) connection.close();
    else this.#idle.push(connection);
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  #dropOldCertificates(): void {
    const material = this.#secure ? this.#tls() : undefined;
    if (material === this.#material) return;
    this.#material = material;
    for (const connection of this.#idle.splice(0)) connection.close();
  }
}
