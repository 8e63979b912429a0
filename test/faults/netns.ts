import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { requireTools } from '../servers/exec.ts';

const run = promisify(execFile);

/** A namespace that lasts as long as the process that was started in it, and that process no longer than this one. */
class Namespace {
  readonly pid: number;
  readonly #keeper: ChildProcess;

  private constructor(keeper: ChildProcess) {
    this.#keeper = keeper;
    this.pid = keeper.pid as number;
  }

  static async open(): Promise<Namespace> {
    const keeper = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', 'sleep', 'infinity'], {
      stdio: 'ignore',
    });
    await once(keeper, 'spawn');
    const own = readlinkSync('/proc/self/ns/net');
    const namespace = new Namespace(keeper);
    // Until `unshare` has run, the process is still in ours.
    while (keeper.exitCode === null && readlinkSync(`/proc/${keeper.pid}/ns/net`) === own)
      await new Promise(setImmediate);
    if (keeper.exitCode !== null) throw new Error('unshare --net failed');
    keeper.unref();
    return namespace;
  }

  /** Runs a shell script in it. */
  async sh(script: string): Promise<void> {
    await run('nsenter', ['--target', String(this.pid), '--net', 'sh', '-ec', script]);
  }

  /** Runs a shell script in it until the returned function is called, and no longer than this process. */
  keep(script: string): () => Promise<void> {
    const enter = ['nsenter', '--target', String(this.pid), '--net', 'sh', '-c', script];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...enter], { stdio: 'ignore' });
    const gone = once(child, 'exit');
    child.unref();
    return async () => {
      child.ref();
      child.kill('SIGKILL');
      await gone;
    };
  }

  async close(): Promise<void> {
    this.#keeper.ref();
    const gone = once(this.#keeper, 'exit');
    if (this.#keeper.exitCode === null && this.#keeper.signalCode === null && this.#keeper.kill('SIGKILL')) await gone;
  }
}

/** Of each of the two networks. */
const SUBNETS = 254;

/** CAP_NET_ADMIN and CAP_SYS_ADMIN (linux/capability.h): what root may be without in a container. */
const NEEDED = (1n << 12n) | (1n << 21n);

/** Why this process may not make hosts; `undefined` when it may. */
export function mayNotMakeHosts(): string | undefined {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  if ((BigInt(`0x${effective}`) & NEEDED) === NEEDED) return undefined;
  return 'network namespaces need root with CAP_NET_ADMIN and CAP_SYS_ADMIN';
}

/**
 * Hosts with two networks: one between them, which can be cut without anybody being told, and one on which this process
 * reaches each of them. The addresses are those of RFC 2544, which no network uses; nothing leads out. All of it is gone
 * when this process is, however it ends.
 */
export class Hosts implements AsyncDisposable {
  readonly #switch: Namespace;
  readonly #hosts: readonly Namespace[];
  #subnet = 1 + (process.pid % SUBNETS);

  private constructor(hub: Namespace, hosts: readonly Namespace[]) {
    this.#switch = hub;
    this.#hosts = hosts;
  }

  static async open(count: number): Promise<Hosts> {
    requireTools('Making hosts', ['ip', 'nsenter', 'unshare', 'setpriv']);
    const namespaces = await Promise.all(Array.from({ length: count + 1 }, () => Namespace.open()));
    const [hub, ...hosts] = namespaces as [Namespace, ...Namespace[]];
    const all = new Hosts(hub, hosts);
    try {
      await all.#connect();
      return all;
    } catch (error) {
      await all[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** On the network between the hosts. */
  peerAddress(index: number): string {
    return `198.18.${this.#subnet}.${index + 1}`;
  }

  /** On the network on which this process reaches the hosts. */
  clientAddress(index: number): string {
    return `198.19.${this.#subnet}.${index + 1}`;
  }

  /** The command that runs `command` on a host, and becomes it. */
  on(index: number, command: readonly string[]): string[] {
    return ['nsenter', '--target', String(this.#at(index).pid), '--net', ...command];
  }

  /** The host loses the others and they lose it, in silence: links stay up. This process still reaches all. */
  async cut(index: number): Promise<void> {
    await this.#switch.sh(`ip link set peer${index} nomaster`);
  }

  async heal(index: number): Promise<void> {
    await this.#switch.sh(`ip link set peer${index} master peers`);
  }

  /** What one host sends to another is lost, in silence; the other way all is well. It goes to an address that nobody has. */
  async muffle(from: number, to: number): Promise<void> {
    const nobody = '02:00:00:00:00:01';
    await this.#at(from).sh(`ip neigh replace ${this.peerAddress(to)} lladdr ${nobody} dev peer nud permanent`);
  }

  async unmuffle(from: number, to: number): Promise<void> {
    await this.#at(from).sh(`ip neigh del ${this.peerAddress(to)} dev peer`);
  }

  /** The host loses the packets of `gone` of every `gone + there` milliseconds, both ways, until the returned function is called. */
  lose(index: number, gone: number, there: number): () => Promise<void> {
    const seconds = (ms: number) => (ms / 1000).toFixed(3);
    const off = `ip link set peer${index} nomaster; sleep ${seconds(gone)}`;
    const on = `ip link set peer${index} master peers; sleep ${seconds(there)}`;
    const loss = this.#switch.keep(`while :; do ${off}; ${on}; done`);
    return async () => {
      await loss();
      await this.heal(index);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#switch, ...this.#hosts].map((namespace) => namespace.close()));
  }

  #at(index: number): Namespace {
    const host = this.#hosts[index];
    if (host === undefined) throw new RangeError(`index is ${index}; there are ${this.#hosts.length} hosts`);
    return host;
  }

  /** Of the subnets the next one that no other run has: the name of the link from here to the hosts is there only once. */
  async #reach(hub: Namespace): Promise<string> {
    for (let tried = 1; ; tried += 1) {
      const leg = `tenure${this.#subnet}`;
      try {
        await run('ip', ['link', 'add', leg, 'type', 'veth', 'peer', 'name', 'home', 'netns', String(hub.pid)]);
        return leg;
      } catch (error) {
        if (tried === SUBNETS || !/File exists/.test(String((error as { stderr?: unknown }).stderr))) throw error;
        this.#subnet = 1 + (this.#subnet % SUBNETS);
      }
    }
  }

  async #connect(): Promise<void> {
    const hub = this.#switch;
    await hub.sh('for b in peers clients; do ip link add $b type bridge; ip link set $b up; done');
    const leg = await this.#reach(hub);
    await run('ip', ['address', 'add', `198.19.${this.#subnet}.254/24`, 'dev', leg]);
    await run('ip', ['link', 'set', leg, 'up']);
    await hub.sh('ip link set home master clients up');
    for (const [i, host] of this.#hosts.entries()) {
      const addresses = { peer: this.peerAddress(i), client: this.clientAddress(i) };
      for (const [net, address] of Object.entries(addresses)) {
        const there = [
          'netns',
          String(host.pid),
          'type',
          'veth',
          'peer',
          'name',
          `${net}${i}`,
          'netns',
          String(hub.pid),
        ];
        await run('ip', ['link', 'add', net, ...there]);
        await hub.sh(`ip link set ${net}${i} master ${net}s up`);
        await host.sh(`ip address add ${address}/24 dev ${net}; ip link set ${net} up`);
      }
      // From Linux 6.15 on: connections come back a second after a heal, and not up to two minutes.
      await host.sh('ip link set lo up; echo 1000 > /proc/sys/net/ipv4/tcp_rto_max_ms || true');
    }
  }
}
