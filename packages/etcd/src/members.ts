import type { Clock, TlsFiles, TlsMaterial } from '@tenure/core';
import { parseEndpoint } from './options.ts';
import type { EtcdRpc, RpcCall } from './rpc.ts';
import { EtcdWire } from './wire.ts';

/** One member and the connection to it. */
export interface Member {
  readonly url: string;
  readonly rpc: EtcdRpc;
}

/** Members and SRV records move seldom; Patroni looks every 10 ttl, and so do we with its default ttl of 30 s. */
const REFRESH_EVERY = 300_000;
const REFRESH_AGAIN = 10_000;

export interface MemberSources {
  /** The fixed list; empty when SRV records name the members. */
  readonly endpoints: readonly string[];
  readonly lookup: (() => Promise<readonly string[]>) | undefined;
  readonly discover: boolean;
  readonly tls: TlsFiles | undefined;
}

/** The members of the cluster as far as they are known, and which of them answered last. */
export class Members {
  readonly #sources: MemberSources;
  readonly #clock: Clock;
  /** Named by the user or by SRV records. */
  #named: readonly string[];
  /** Out of the cluster's own member list. */
  #listed: readonly string[] = [];
  #current: string | undefined;
  #open = new Map<string, Member>();
  #material: TlsMaterial | undefined;
  #lookup: Promise<void> | undefined;
  #doubted: boolean;
  #refreshAt: number;

  constructor(sources: MemberSources, clock: Clock) {
    this.#sources = sources;
    this.#clock = clock;
    this.#named = sources.endpoints;
    this.#doubted = sources.lookup !== undefined;
    this.#refreshAt = clock.now();
  }

  /** All members to try, the one that answered last first. */
  async list(): Promise<readonly Member[]> {
    if (this.#doubted) {
      this.#lookup ??= this.#lookUp().finally(() => {
        this.#lookup = undefined;
      });
      await this.#lookup;
    }
    this.#dropOldCertificates();
    const urls = this.#urls();
    const at = Math.max(0, urls.indexOf(this.#current ?? ''));
    return [...urls.slice(at), ...urls.slice(0, at)].map((url) => this.#member(url));
  }

  /** `member` answered: it stays first. */
  prefer(member: Member): void {
    this.#current = member.url;
  }

  /** `member` failed: the next one is first from now on. */
  avoid(member: Member): void {
    if (this.#current !== undefined && this.#current !== member.url) return;
    const urls = this.#urls();
    this.#current = urls[(urls.indexOf(member.url) + 1) % urls.length];
  }

  /** Nobody answered: what is known may be out of date. */
  doubt(): void {
    this.#doubted = this.#sources.lookup !== undefined;
    this.#refreshAt = this.#clock.now();
  }

  /** True once in a while, when the member list is to be asked for. */
  dueForRefresh(): boolean {
    return this.#sources.discover && this.#clock.now() >= this.#refreshAt;
  }

  /** Asks `member` for the cluster's member list. A list without a usable URL changes nothing. */
  async refresh(member: Member, call: RpcCall): Promise<void> {
    this.#refreshAt = this.#clock.now() + REFRESH_AGAIN;
    const secure = this.#sources.tls !== undefined || member.url.startsWith('https:');
    const urls = (await member.rpc.members(call)).flatMap((url) => {
      try {
        return [parseEndpoint(url, secure, 'member list')];
      } catch {
        return [];
      }
    });
    if (urls.length === 0) return;
    this.#refreshAt = this.#clock.now() + REFRESH_EVERY;
    this.#listed = urls;
    this.#closeUnlisted();
  }

  close(): void {
    for (const { rpc } of this.#open.values()) rpc.close();
    this.#open.clear();
  }

  #urls(): readonly string[] {
    return [...new Set([...this.#named, ...this.#listed])];
  }

  /** The members that were known before serve on when the records cannot be had. */
  async #lookUp(): Promise<void> {
    try {
      this.#named = (await this.#sources.lookup?.()) ?? [];
      this.#closeUnlisted();
    } catch (error) {
      if (this.#urls().length === 0) throw error;
    }
    this.#doubted = false;
  }

  #closeUnlisted(): void {
    const urls = this.#urls();
    for (const [url, { rpc }] of this.#open) {
      if (urls.includes(url)) continue;
      this.#open.delete(url);
      rpc.close();
    }
  }

  #member(url: string): Member {
    let member = this.#open.get(url);
    if (member === undefined) {
      member = { url, rpc: new EtcdWire(url, url.startsWith('https:') ? this.#material : undefined) };
      this.#open.set(url, member);
    }
    return member;
  }

  /** Connections made with old certificates end with what runs on them; what comes next uses the new ones. */
  #dropOldCertificates(): void {
    const material = this.#sources.tls?.current();
    if (material === this.#material) return;
    this.#material = material;
    this.close();
  }
}
