import {
  type ConfigDocument,
  Dcs,
  type FailoverRequest,
  type Store,
  type Timing,
  type Version,
  type Versioned,
} from '@tenure/core';
import { COUNTS_AS_NONE, understood } from '../cli/config-write.ts';
import { planChange, type Words } from '../cli/leader-change.ts';
import { pauseChange } from '../cli/pause.ts';
import { assertNumbersKept } from '../cli/stored-numbers.ts';
import { configDiff, configText } from '../config-diff.ts';
import { mergeChanges } from '../config-merge.ts';
import { newWarnings } from '../config-warnings.ts';
import type {
  Answer,
  ConfigRequest,
  FlushRequest,
  PauseRequest,
  Seen,
  SwitchoverRequest,
  Target,
} from '../page/wire.ts';
import { parseYamlObject } from '../parse-yaml.ts';
import { failoverJson } from './cluster-json.ts';
import { Refused } from './refused.ts';

const PAGE_WORDS: Words = {
  where: 'under “Who shall lead then”',
  instead: '',
  time: () => 'the time under “When”',
};

const UNREADABLE = 'what cannot be read cannot be changed here';

/** What an operator changes from the page: each under the version that the page showed, by the rules of the commands. */
export class Writes {
  readonly #store: Store;
  readonly #namespace: string;
  readonly #name: string;
  readonly #timing: Timing;

  constructor({ store, namespace, name, timing }: Dcs) {
    this.#store = store;
    this.#namespace = namespace;
    this.#name = name;
    this.#timing = timing;
  }

  /** @throws Refused 409 with what came between; Exit, DcsError */
  async pause(request: PauseRequest): Promise<Answer> {
    await using dcs = this.#open(request);
    const view = await dcs.view();
    const { paused, seen } = request;
    const { before, value } = await pauseChange(dcs, view, paused, UNREADABLE);
    assertSeen(view.config, seen);
    await assertNumbersKept(dcs, before, value);
    await this.#write(dcs, view.config, value);
    const message = `${dcs.scope} is ${paused ? 'paused' : 'resumed'}`;
    return { message, diff: configDiff(before.value, value, ['before', 'after'], 'yaml') };
  }

  /** @throws Refused 409 with what came between; SyntaxError for what is no configuration; Exit, DcsError */
  async config(request: ConfigRequest): Promise<Answer> {
    const { seen, dryRun } = request;
    const value = parseYamlObject(request.text, 'the configuration');
    await using dcs = this.#open(request);
    const before = await understood(dcs, await dcs.config.read(), UNREADABLE);
    assertSeen(before, seen, value);
    await assertNumbersKept(dcs, before, value);
    const diff = configDiff(before.value, value, ['now', 'then'], 'yaml');
    if (diff === '') return { message: 'nothing would change', diff };
    if (dryRun) {
      const warnings = Object.keys(value).length === 0 ? [COUNTS_AS_NONE] : newWarnings(before.value, value);
      return { message: 'this would be written', diff, warnings };
    }
    await this.#write(dcs, before, value);
    return { message: `the configuration of ${dcs.scope} is written`, diff };
  }

  /** @throws Refused 400 for a time that has no year of four digits, 409; Exit with the reasons against it; DcsError */
  async switchover(request: SwitchoverRequest): Promise<Answer> {
    const { leader, candidate, scheduled, failoverVersion } = request;
    // A browser writes any other year with a sign, and no failover key can hold it.
    if (scheduled !== null && /^[+-]/.test(scheduled)) {
      throw new Refused(400, 'the time under “When” must be in the years 0 to 9999 of UTC');
    }
    await using dcs = this.#open(request);
    const view = await dcs.view();
    const wish = { leader, ...(candidate !== null && { candidate }), ...(scheduled !== null && { scheduled }) };
    const plan = planChange(view, 'switchover', wish, new Date(), PAGE_WORDS);
    if (view.failover.version !== failoverVersion) throw asked(view.failover);
    const version = await dcs.failover.write(plan.request, { version: view.failover.version });
    if (version === undefined) throw asked(await dcs.failover.read());
    return { message: 'asked for', failover: failoverJson({ value: plan.request, version }) };
  }

  /** @throws Refused 409 with what stands instead; DcsError */
  async flush(request: FlushRequest): Promise<Answer> {
    await using dcs = this.#open(request);
    const seen = await dcs.failover.read();
    const failover = failoverJson(seen);
    if (failover.text === '' || seen.version !== request.failoverVersion) throw notFlushed(seen);
    if (!(await dcs.failover.clear({ version: seen.version }))) throw notFlushed(await dcs.failover.read());
    return { message: 'taken back', failover };
  }

  #open({ scope, group }: Target): Dcs {
    const [store, namespace, name, timing] = [this.#store, this.#namespace, this.#name, this.#timing];
    return new Dcs({ store, namespace, scope, name, timing, ...(group !== null && { group }) });
  }

  async #write(dcs: Dcs, before: Versioned<ConfigDocument>, value: ConfigDocument): Promise<Version> {
    const version = await dcs.config.write(value, { version: before.version });
    if (version === undefined) throw changed(await dcs.config.read(), before.value ?? {}, value);
    return version;
  }
}

/** @throws Refused 409 unless what is there is what the page showed */
function assertSeen(now: Versioned<ConfigDocument>, seen: Seen, mine?: ConfigDocument): void {
  if (now.version !== seen.version) throw changed(now, shown(seen), mine);
}

/** Of no configuration the page shows an empty text. */
function shown({ text }: Seen): ConfigDocument {
  return text === '' ? {} : parseYamlObject(text, 'what was shown');
}

/** `base` is what the page showed, `mine` what its user made of it, when that is to be put into what is there now. */
function changed(now: Versioned<ConfigDocument>, base: ConfigDocument, mine?: ConfigDocument): Refused {
  const current = now.value ?? {};
  const merged = mine === undefined ? undefined : mergeChanges(base, mine, current);
  return new Refused(409, 'somebody else changed the configuration meanwhile; nothing was written', {
    refusal: {
      theirs: configDiff(base, current, ['what was shown', 'what is there now'], 'yaml'),
      now: { version: now.version, text: now.value === undefined ? '' : configText(now.value, 'yaml') },
      ...(merged?.conflicts.length === 0 && { merged: configText(merged.value, 'yaml') }),
      conflicts: merged?.conflicts ?? [],
    },
  });
}

function asked(now: Versioned<FailoverRequest>): Refused {
  const failover = failoverJson(now);
  const what = 'somebody else asked for something meanwhile';
  if (failover.text === '') return new Refused(409, `${what}, and it is gone again; nothing was written`);
  return new Refused(409, `${what}; nothing was written`, { failover });
}

function notFlushed(now: Versioned<FailoverRequest>): Refused {
  if (failoverJson(now).text !== '') return asked(now);
  return new Refused(409, 'it was carried out or taken back meanwhile; nothing was written');
}
