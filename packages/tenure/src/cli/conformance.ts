import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Harness, Result } from '@tenure/conformance';
import type { Store } from '@tenure/core';
import { Command } from 'commander';
import type { ResolvedConfig } from '../config.ts';
import { connect } from '../connect.ts';
import { expiryGrace } from '../grace.ts';
import { loadConfig } from '../load.ts';
import { addressOf, endpointsOf } from '../servers/address.ts';
import { isUrl } from '../url.ts';
import { EXIT, Exit, usage } from './exit.ts';
import { paint, print, printJson, stopOnSignals } from './terminal.ts';

/** A ttl under this, milliseconds, tells more of the machine than of the store. */
const LEAST_TTL = 2000;

interface ConformanceFlags {
  readonly json?: boolean;
  readonly only?: string;
}

export function conformanceCommand(): Command {
  return new Command('conformance')
    .description('Hold a store, or an adapter of your own, to the contract of a Tenure store.')
    .argument(
      '<url|harness.js>',
      'a store URL, or a module whose default export is a harness, or a function that makes one',
    )
    .option('--only <text>', 'only the cases whose title contains this text')
    .option('--json', 'print JSON, one line for each case and one for the summary')
    .addHelpText(
      'after',
      `
A store named by URL gets a fault proxy in front of each of its endpoints. What a URL cannot give (a restart of the server,
an administrator's hand) is supplied by a harness; without it the cases that need it are skipped and named. A store is
conformant when nothing failed and nothing was skipped; the exit code tells failures, and a run that proved nothing. Every
case works under a random root of its own.

Examples:
  $ tenure conformance etcd://127.0.0.1:2379
  $ tenure conformance 'zookeeper://127.0.0.1:2181?tick_time=2'
  $ tenure conformance embedded:/tmp/try.db
  $ tenure conformance ./my-harness.js --json`,
    )
    .action(async (target: string, flags: ConformanceFlags) => {
      const signal = stopOnSignals();
      const harness = isUrl(target) ? await ofUrl(target) : await ofModule(target);
      try {
        await suite(harness, flags, signal);
      } finally {
        if (isDisposable(harness)) await harness[Symbol.asyncDispose]();
      }
    });
}

async function suite(harness: Harness, { json = false, only }: ConformanceFlags, signal: AbortSignal): Promise<void> {
  const { conformance, runSuite } = await import('@tenure/conformance');
  const cases = [...conformance(harness)].filter(({ title }) => only === undefined || title.includes(only));
  if (cases.length === 0) throw new Exit(EXIT.usage, `--only ${JSON.stringify(only)}: no case has this in its title`);
  let settled = 0;
  const progress = !json && process.stderr.isTTY;
  const onResult = (result: Result) => {
    settled += 1;
    if (json) printJson({ ...result, ...(result.error === undefined ? {} : { error: String(result.error) }) });
    else if (progress) process.stderr.write(`\r\u001b[K${settled}/${cases.length}  ${result.title.slice(0, 90)}`);
  };
  const { passed, failed, skipped, failures } = await runSuite(cases, { onResult, signal });
  if (progress) process.stderr.write('\r\u001b[K');
  if (json) printJson({ summary: { store: harness.name, passed, failed, skipped } });
  else {
    for (const { title, error } of failures) print(`${paint('red', 'FAILED')}  ${title}\n        ${explain(error)}`);
    for (const { title, skip } of cases) if (skip !== false) print(`${paint('yellow', 'skipped')}  ${title}: ${skip}`);
    print(`${harness.name}: ${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
  }
  signal.throwIfAborted();
  if (failed > 0) throw new Exit(EXIT.failed);
  if (passed === 0) throw new Exit(EXIT.failed, 'every case was skipped: nothing was proven');
}

function explain(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll('\n', '\n        ');
}

async function ofUrl(url: string): Promise<Harness> {
  const config = await usage(() => loadConfig(url, { scope: 'conformance', name: 'conformance' }));
  const probe = await usage(() => connect(config));
  const { name } = probe;
  const ttl = await shortestTtl(probe);
  const servers = served(config);
  return servers === undefined
    ? await embeddedHarness(config.embedded?.path, ttl)
    : await proxied({ ...servers, name, ttl });
}

/** What the server grants when asked for the least, which may be more. */
async function shortestTtl(store: Store): Promise<number> {
  try {
    const session = await store.openSession(Math.max(store.limits.minTtl, LEAST_TTL), { timeout: 5000 });
    await session.end();
    return session.ttl;
  } finally {
    await store.close();
  }
}

interface Served {
  readonly endpoints: readonly string[];
  readonly grace: number;
  /** The configuration with the endpoints in the place of its own. */
  readonly at: (hosts: string[]) => ResolvedConfig;
}

/** `undefined` for a store without a server. */
function served(config: ResolvedConfig): Served | undefined {
  const { etcd, consul, zookeeper } = config;
  if (etcd !== undefined && etcd.hosts === undefined) {
    throw new Exit(EXIT.usage, 'conformance: name the endpoints in the URL, not by srv');
  }
  const endpoints = endpointsOf(config);
  const at = (hosts: string[]): ResolvedConfig => {
    if (etcd !== undefined) return { ...config, etcd: { ...etcd, hosts } };
    if (consul !== undefined) return { ...config, consul: { ...consul, hosts } };
    return { ...config, zookeeper: { ...zookeeper, hosts } };
  };
  return endpoints.length === 0 ? undefined : { endpoints, grace: expiryGrace(config), at };
}

async function proxied({ endpoints, at, ...rest }: Served & { name: string; ttl: number }): Promise<Harness> {
  const { proxyHarness } = await import('@tenure/conformance');
  const scheme = /^https?:\/\//.exec(endpoints[0] ?? '')?.[0] ?? '';
  return proxyHarness({
    ...rest,
    endpoints: endpoints.map(addressOf),
    connect: async (addresses) => await connect(at(addresses.map(({ host, port }) => `${scheme}${host}:${port}`))),
  });
}

async function embeddedHarness(path: string | undefined, ttl: number): Promise<Harness> {
  const { fileHarness, memoryHarness } = await import('@tenure/conformance');
  return path === undefined ? memoryHarness({ ttl }) : fileHarness(path, { ttl });
}

async function ofModule(path: string): Promise<Harness> {
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module;
  } catch (error) {
    throw new Exit(EXIT.usage, `${path}: cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
  const exported = module.default;
  const harness: unknown = typeof exported === 'function' ? await (exported as () => unknown)() : exported;
  if (isHarness(harness)) return harness;
  throw new Exit(EXIT.usage, `${path}: its default export is neither a harness nor a function that makes one`);
}

function isHarness(value: unknown): value is Harness {
  return typeof (value as Harness | undefined)?.connect === 'function' && typeof (value as Harness).ttl === 'number';
}

function isDisposable(value: object): value is AsyncDisposable {
  return Symbol.asyncDispose in value;
}
