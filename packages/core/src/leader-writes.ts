import { type Failsafe, failsafeCodec } from './documents/failsafe.ts';
import { normaliseStatus, type Status, statusCodec } from './documents/status.ts';
import type { Layout } from './layout.ts';
import type { Snapshot, Write } from './store.ts';
import type { MemberView } from './view.ts';

/** What a leader reports with its renewal. */
export interface Progress {
  readonly status?: Status;
  readonly failsafe?: Failsafe;
}

export interface PlannedWrites {
  readonly writes: readonly Write[];
  /** The commit that carried them took effect. */
  written(): void;
  /** Its outcome is unknown, or is not known yet: write again next time. */
  forget(): void;
}

/** Which of a leader's reports differ from what the store holds. An idle leader writes nothing. */
export class LeaderWrites {
  readonly #layout: Layout;
  #status: Status | undefined;
  #statusIsStored = false;
  #failsafe: string | undefined;
  #legacyMembers = false;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** A state was seen: what it holds need not be written again, and slots are carried over from it. */
  seen(snapshot: Snapshot): void {
    const { entries } = snapshot;
    const status = entries.get(this.#layout.key('status'));
    this.#status = status === undefined ? undefined : statusCodec.decode(status.value).value;
    this.#statusIsStored = this.#status !== undefined;
    this.#failsafe = entries.get(this.#layout.key('failsafe'))?.value;
  }

  /** The members were seen: is one of them so old that it needs `optime/leader`? */
  seenMembers(members: readonly MemberView[]): void {
    this.#legacyMembers = members.some(({ data }) => isLegacy(data.version));
  }

  /** A status without slots keeps those that were reported last; a position of 0 is not known and is not written. */
  plan({ status, failsafe }: Progress): PlannedWrites {
    const writes: Write[] = [];
    const next =
      status === undefined || status.optime === 0 ? undefined : normaliseStatus({ ...kept(this.#status), ...status });
    if (next !== undefined && !(this.#statusIsStored && same(next, this.#status))) {
      writes.push({ type: 'put', key: this.#layout.key('status'), value: statusCodec.encode(next) });
      if (this.#legacyMembers) {
        writes.push({ type: 'put', key: this.#layout.key('optime/leader'), value: String(next.optime) });
      }
    }
    const map = failsafe === undefined ? undefined : failsafeCodec.encode(failsafe);
    if (map !== undefined && map !== this.#failsafe) {
      writes.push({ type: 'put', key: this.#layout.key('failsafe'), value: map });
    }
    return {
      writes,
      written: () => {
        if (next !== undefined) {
          this.#status = next;
          this.#statusIsStored = true;
        }
        if (map !== undefined) this.#failsafe = map;
      },
      forget: () => {
        if (next !== undefined) this.#statusIsStored = false;
        if (map !== undefined) this.#failsafe = undefined;
      },
    };
  }
}

function kept(last: Status | undefined): Partial<Status> {
  if (last === undefined) return {};
  const { optime: _, ...rest } = last;
  return rest;
}

function same(next: Status, last: Status | undefined): boolean {
  return last !== undefined && statusCodec.encode(next) === statusCodec.encode(normaliseStatus(last));
}

/** Patroni before 2.1 reads the leader's position from `optime/leader` (patroni/dcs/__init__.py, `min_version`). */
function isLegacy(version: string | undefined): boolean {
  const [, major, minor = '0'] = /^(\d+)(?:\.(\d+))?/.exec(version ?? '') ?? [];
  if (major === undefined) return false;
  return Number(major) < 2 || (Number(major) === 2 && Number(minor) < 1);
}
