import { z } from 'zod';
import { configError, explain, placed } from '../config.ts';
import { isObject } from '../document-text.ts';
import { whole } from '../fields.ts';
import { fromConsul, patroniConsulSchema } from './consul.ts';
import { etcd3Schema, fromEtcd3 } from './etcd3.ts';
import { given, numeric, unknownOptions } from './fields.ts';
import { OPTIONS } from './options.ts';
import type { PatroniConfig } from './read.ts';
import { optionsOfV2 } from './recognition.ts';
import { hasSection, OTHER_STORES, STORES } from './sections.ts';
import { dcsSchema, fromBootstrap } from './timing.ts';
import { fromZooKeeper, patroniZooKeeperSchema } from './zookeeper.ts';

/** A section of Patroni's in our words: what is wrong with it, and what Patroni does not use of it. */
export interface Translated {
  readonly section: object;
  readonly wrong: readonly string[];
  readonly notes: readonly string[];
}

const schema = z.object({
  etcd3: etcd3Schema.optional(),
  consul: patroniConsulSchema.optional(),
  zookeeper: patroniZooKeeperSchema.optional(),
  citus: z.object({ group: numeric(whole(0, Number.MAX_SAFE_INTEGER)).optional() }, { error: 'a mapping' }).optional(),
  bootstrap: z.object({ dcs: dcsSchema.optional() }, { error: 'a mapping' }).optional(),
});

const V2_IS_GONE =
  'etcd: in a patroni.yml this is the API v2 of etcd, which etcd 3.6 has no more and Tenure does not speak;';

/**
 * The fields of a configuration that Patroni's says. Of its sections only the store's, `citus` and `bootstrap.dcs` are read.
 * What Patroni does not use is not used here either, and a warning of the process says so.
 * @throws TypeError with one line for each wrong value: where it stands, its field, the value and what is allowed
 */
export function fromPatroni({ value, locate }: PatroniConfig, source: string): Record<string, unknown> {
  const input = withoutEmpty(value);
  const result = schema.safeParse(input);
  const wrong = [...storeProblems(value)];
  if (!result.success) wrong.push(...result.error.issues.flatMap((issue) => explain(issue, input)));
  const store = result.success ? storeOf(result.data) : undefined;
  wrong.push(...(store?.wrong ?? []));
  if (wrong.length > 0 || !result.success || store === undefined) {
    throw configError(
      source,
      wrong.map((line) => placed(line, locate)),
    );
  }
  const { timing, notes } = fromBootstrap(result.data.bootstrap?.dcs ?? {});
  const unknown = STORES.flatMap((name) => unknownOptions(input[name], name, OPTIONS[name]));
  for (const note of [...unknown, ...store.notes, ...notes]) {
    process.emitWarning(`${source}: ${placed(note, locate)}`, 'TenureWarning');
  }
  const { scope, namespace, name } = value;
  const group = result.data.citus?.group;
  return { scope, namespace, name, group, ...timing, ...store.section };
}

function storeOf({ etcd3, consul, zookeeper }: z.infer<typeof schema>): Translated | undefined {
  if (etcd3 !== undefined) return named('etcd', fromEtcd3(etcd3));
  if (consul !== undefined) return named('consul', fromConsul(consul));
  return zookeeper === undefined ? undefined : named('zookeeper', fromZooKeeper(zookeeper));
}

function named(name: string, { section, wrong, notes }: Translated): Translated {
  return { section: { [name]: section }, wrong, notes };
}

/** Patroni takes the first section of several by its own order; which one was meant is not for us to guess. */
function storeProblems(value: Record<string, unknown>): string[] {
  if ('etcd' in value) return [`${V2_IS_GONE} ${hasSection(value) ? '' : ourOwn(value.etcd)}use the section etcd3`];
  const ours = STORES.filter((name) => name in value);
  if (ours.length > 1) return [`${ours.join(', ')}: more than one store is named; keep one`];
  if (ours.length === 1) return [];
  const [other] = OTHER_STORES.filter((name) => name in value);
  const wanted = `name one in a section ${STORES.join(', ')}`;
  return [other === undefined ? `store: missing; ${wanted}` : `${other}: Tenure has no such store; ${wanted}`];
}

/** For who meant Tenure's own section. */
function ourOwn(etcd: unknown): string {
  const [option] = optionsOfV2(etcd);
  return option === undefined
    ? ''
    : `in a file of Tenure's own name etcd.hosts instead of etcd.${option}, in a patroni.yml `;
}

function withoutEmpty(value: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(schema.shape).filter((name) => value[name] !== undefined);
  const input: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, given(value[name])]));
  return isObject(input.bootstrap) && 'dcs' in input.bootstrap
    ? { ...input, bootstrap: { ...input.bootstrap, dcs: given(input.bootstrap.dcs) } }
    : input;
}
