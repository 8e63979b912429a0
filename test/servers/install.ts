import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exec, requireTools } from './exec.ts';
import { type Lock, type PinnedPackage, readLock, writeLock } from './lock.ts';
import { aptHelper, download, findMirror } from './mirror.ts';
import { askSignedIndex } from './signed-index.ts';

/** TENURE_TEST_CACHE, else `.cache/servers` in the repository. */
export function cacheFolder(): string {
  const given = process.env.TENURE_TEST_CACHE;
  return given !== undefined && given !== '' ? given : fileURLToPath(new URL('../../.cache/servers', import.meta.url));
}

/**
 * Puts components of servers.lock.json into the cache folder and gives the folder of each. What is there already costs
 * two small reads: no lock, no process, no network. Two runs at once are safe, also when one is killed: an unpacked
 * tree appears by rename, and the lock belongs to the kernel. Needs no root and changes nothing outside the cache.
 * Rejects when a file with a pinned or signed hash cannot be had, and then installs nothing of that component.
 */
export async function install(components: readonly string[]): Promise<Record<string, string>> {
  const lock = readLock();
  const cache = cacheFolder();
  const folders: Record<string, string> = {};
  for (const name of components) {
    const pinned = lock.components[name];
    if (pinned === undefined) {
      throw new RangeError(`component is ${name}; it must be one of ${Object.keys(lock.components).join(', ')}`);
    }
    const folder = join(cache, name);
    if (!isInstalled(folder, pinned)) await installOne(cache, folder, name, pinned, lock.architecture);
    folders[name] = folder;
  }
  return folders;
}

/** Pins every component again to what its suite offers now, by the signed indexes. */
export async function relock(): Promise<Lock> {
  requireAptTools();
  const mirror = await findMirror();
  const components: Record<string, PinnedPackage[]> = {};
  for (const [name, pinned] of Object.entries(readLock().components)) components[name] = await current(mirror, pinned);
  const lock = { architecture: await machineArchitecture(), components };
  writeLock(lock);
  return lock;
}

function requireAptTools(): void {
  requireTools('Fetching servers', ['apt-get', aptHelper, 'dpkg-deb', 'tar', 'flock']);
}

const machineArchitecture = async () => (await exec('dpkg', ['--print-architecture'])).trim();

const marker = (folder: string) => join(folder, '.installed');

const fingerprint = (pinned: readonly PinnedPackage[]) =>
  createHash('sha256')
    .update(pinned.map((p) => p.sha256).join())
    .digest('hex');

function isInstalled(folder: string, pinned: readonly PinnedPackage[]): boolean {
  try {
    return readFileSync(marker(folder), 'utf8') === fingerprint(pinned);
  } catch {
    return false;
  }
}

async function installOne(
  cache: string,
  folder: string,
  name: string,
  pinned: readonly PinnedPackage[],
  architecture: string,
): Promise<void> {
  requireAptTools();
  mkdirSync(cache, { recursive: true });
  await using _ = await holdLock(join(cache, '.lock'));
  if (isInstalled(folder, pinned)) return;
  // Whoever holds the lock owns these; one that is here already was left by a run that was killed.
  for (const entry of readdirSync(cache).filter((entry) => entry.startsWith(`.${name}-`))) discard(join(cache, entry));
  const temporary = mkdtempSync(join(cache, `.${name}-`));
  try {
    const debs = await fetchDebs(temporary, name, pinned, architecture);
    const tree = join(temporary, 'tree');
    mkdirSync(tree);
    for (const deb of debs) await unpack(deb, join(temporary, 'data.tar'), tree);
    writeFileSync(marker(tree), fingerprint(pinned));
    discard(folder);
    renameSync(tree, folder);
  } finally {
    discard(temporary);
  }
}

function discard(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function fetchDebs(
  folder: string,
  name: string,
  pinned: readonly PinnedPackage[],
  architecture: string,
): Promise<string[]> {
  const mirror = await findMirror();
  const into = (packages: readonly PinnedPackage[]) =>
    packages.map(({ path, sha256 }) => ({ path, sha256, file: join(folder, `${sha256}.deb`) }));
  let files = into(pinned);
  try {
    if ((await machineArchitecture()) !== architecture) throw new Error(`the pinned files are for ${architecture}`);
    await download(mirror, files);
  } catch (error) {
    warn(`${name}: the pinned files cannot be had, asking the signed index. ${(error as Error).message}`);
    const now = await current(mirror, pinned);
    for (const p of now.filter((p) => pinned.every((old) => old.sha256 !== p.sha256))) {
      warn(`${name}: ${p.package} is ${p.version} in ${p.suite} now, not the pinned one; run the lock command`);
    }
    files = into(now);
    await download(mirror, files);
  }
  return files.map(({ file }) => file);
}

async function current(mirror: string, pinned: readonly PinnedPackage[]): Promise<PinnedPackage[]> {
  const found: PinnedPackage[] = [];
  for (const suite of new Set(pinned.map((p) => p.suite))) {
    const names = pinned.filter((p) => p.suite === suite).map((p) => p.package);
    found.push(...(await askSignedIndex(mirror, suite, names)));
  }
  const missing = pinned.filter((p) => found.every((now) => now.package !== p.package));
  if (missing.length > 0) throw new Error(`The signed index has no ${missing.map((p) => p.package).join(', ')}`);
  return found;
}

async function unpack(deb: string, tar: string, tree: string): Promise<void> {
  await exec('sh', ['-c', 'dpkg-deb --fsys-tarfile "$0" > "$1"', deb, tar]);
  await exec('tar', [
    ...['-x', '-f', tar, '-C', tree, '--no-same-owner'],
    ...['--exclude=./usr/share/doc*', '--exclude=./usr/share/man*'],
  ]);
}

/** Waits for the lock. The process that holds it ends when this one does, however that happens. */
async function holdLock(file: string): Promise<AsyncDisposable> {
  const holder = spawn('flock', ['-x', '-F', file, 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  holder.stdin.on('error', () => undefined);
  const exit = once(holder, 'exit');
  const first = await Promise.race([once(holder.stdout, 'data').then(() => 'locked'), exit.then(() => 'ended')]);
  if (first === 'ended') throw new Error(`flock cannot lock ${file}`);
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await exit;
    },
  };
}

function warn(text: string): void {
  process.stderr.write(`servers: WARNING ${text}\n`);
}
