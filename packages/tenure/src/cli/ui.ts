import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { hostText, isLoopback, type ListenAddress, parseListen } from '../ui/address.ts';
import { loadAssets } from '../ui/assets.ts';
import { NamespaceFeed } from '../ui/feed.ts';
import { PageServer } from '../ui/server.ts';
import { EXIT, Exit, usage } from './exit.ts';
import { configOf, openExisting, type StoreOptions, withStore } from './store.ts';
import { print, printJson, stopOnSignals } from './terminal.ts';

interface UiFlags extends StoreOptions {
  readonly listen: string;
  readonly write?: boolean;
  readonly tokenFile?: string;
}

/** Characters. Shorter ones can be guessed. */
const SHORTEST_TOKEN = 16;

export function uiCommand(): Command {
  return withStore(new Command('ui').description('A live page of every cluster in a namespace, for a browser.'))
    .addOption(new Option('--listen <host:port>', 'where to serve it; port 0 is any').default('127.0.0.1:8421'))
    .option('--write', 'let it pause, switch over, take that back and change the configuration')
    .option('--token-file <file>', 'holds what a browser must show first; must be there for any but this machine')
    .addHelpText(
      'after',
      `
It shows all clusters of the namespace: --scope and --group are not used.

Examples:
  $ tenure ui --store etcd://10.0.0.1:2379
  $ openssl rand -base64 24 > token && tenure ui --listen 0.0.0.0:8421 --token-file token --write`,
    )
    .action(async (flags: UiFlags) => {
      const signal = stopOnSignals();
      const address = await usage(() => parseListen(flags.listen));
      const token = flags.tokenFile === undefined ? undefined : await readToken(flags.tokenFile);
      if (token === undefined && !isLoopback(address.host)) {
        const why = `--listen ${hostText(address)}: others than this machine can reach it`;
        throw new Exit(EXIT.usage, `${why}; give it a token with --token-file`);
      }
      const assets = await loadAssets();
      await using dcs = await openExisting(await configOf(flags));
      const { store, namespace, timing } = dcs;
      const feed = await NamespaceFeed.open(store, namespace, signal, timing.retryTimeout);
      const writable = flags.write === true;
      const options = { dcs, feed, assets, address, writable, ...(token === undefined ? {} : { token }) };
      await using server = await listen(options, address);
      if (flags.json === true) printJson({ url: server.url, writable });
      else print(`${server.url} shows ${namespace} on ${store.name}${writable ? ', and changes it' : ''}`);
      await feed.run(signal, timing.loopWait);
    });
}

/** @throws Exit 1 when the address is taken, or not one of this machine */
async function listen(options: Parameters<typeof PageServer.listen>[0], address: ListenAddress): Promise<PageServer> {
  return await PageServer.listen(options).catch((error: NodeJS.ErrnoException) => {
    throw new Exit(EXIT.failed, `--listen ${hostText(address)}: cannot be served (${error.code})`);
  });
}

/** @throws Exit 2 for a file that cannot be read, or whose token can be guessed */
async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Exit(EXIT.usage, `--token-file ${file}: cannot be read (${error.code})`);
  });
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token) && token.length >= SHORTEST_TOKEN) return token;
  const wanted = `must hold one word of ${SHORTEST_TOKEN} or more printable ASCII characters`;
  throw new Exit(EXIT.usage, `--token-file ${file}: ${wanted}, got ${token.length}`);
}
