import { isIP, isIPv4 } from 'node:net';

/** Where the page is served. Port 0 stands for any that is free. */
export interface ListenAddress {
  /** A name or an IP address; one of IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:8421`, `[::1]:8421`. @throws TypeError for anything without a host and a port */
export function parseListen(text: string): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6)) {
    throw new TypeError(`--listen: write host:port, as in 127.0.0.1:8421, got ${JSON.stringify(text)}`);
  }
  return { host, port };
}

/** Whether only this machine can reach it. A name other than `localhost` may be that of any machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** As it stands in a URL. */
export function hostText({ host, port }: ListenAddress): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
