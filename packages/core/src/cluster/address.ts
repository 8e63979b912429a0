import type { MemberData } from '../documents/member.ts';

/** Where a member's database answers. */
export interface MemberAddress {
  /** A name or an IP address; one of IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const POSTGRES_PORT = 5432;

/** From `conn_url`; port 5432 when it names none. `undefined` when there is no URL, or one without a host. */
export function addressOf({ conn_url }: MemberData): MemberAddress | undefined {
  if (conn_url === undefined || !URL.canParse(conn_url)) return undefined;
  const { hostname, port } = new URL(conn_url);
  if (hostname === '') return undefined;
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? POSTGRES_PORT : Number(port) };
}
