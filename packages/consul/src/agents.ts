import type { ConsulRpc } from './rpc.ts';

/** One endpoint. */
export interface ConsulAgent {
  readonly url: string;
  readonly rpc: ConsulRpc;
  /** Its last request failed: the next write is not the first thing that is sent to it. */
  doubted: boolean;
}

/** The agents, and which of them is asked first. */
export class Agents {
  readonly #agents: readonly ConsulAgent[];
  #first = 0;

  constructor(wires: readonly { readonly url: string; readonly rpc: ConsulRpc }[]) {
    this.#agents = wires.map((wire) => ({ ...wire, doubted: false }));
  }

  /** All agents, the one that answered last first. */
  list(): readonly ConsulAgent[] {
    return [...this.#agents.slice(this.#first), ...this.#agents.slice(0, this.#first)];
  }

  get first(): ConsulAgent {
    return this.#agents[this.#first] as ConsulAgent;
  }

  /** `agent` answered: it stays first. */
  prefer(agent: ConsulAgent): void {
    agent.doubted = false;
    this.#first = this.#agents.indexOf(agent);
  }

  /** `agent` failed: the next one is first from now on. */
  avoid(agent: ConsulAgent): void {
    agent.doubted = true;
    if (this.first === agent) this.#first = (this.#first + 1) % this.#agents.length;
  }

  close(): void {
    for (const { rpc } of this.#agents) rpc.close();
  }
}
