import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { install } from './install.ts';

const ownJava = 'usr/lib/jvm/java-17-openjdk-amd64/bin/java';

/** The machine's own `java` when there is one (TENURE_TEST_JAVA=own passes it over), else one that is unpacked into the cache. */
export async function findJava(): Promise<string> {
  if (process.env.TENURE_TEST_JAVA !== 'own' && machineHasJava()) return 'java';
  const tree = (await install(['jre-17']))['jre-17'] as string;
  keepLinksInside(tree);
  const java = join(tree, ownJava);
  if (!existsSync(java)) throw new Error(`The Java runtime of ${tree} has no ${ownJava}; this machine needs a java`);
  return java;
}

function machineHasJava(): boolean {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Debian's JRE links to /etc by absolute paths, which would lead out of the unpacked tree. Idempotent. */
function keepLinksInside(tree: string): void {
  for (const entry of readdirSync(tree, { recursive: true, encoding: 'utf8' })) {
    const path = join(tree, entry);
    if (!lstatSync(path).isSymbolicLink()) continue;
    const target = readlinkSync(path);
    if (!target.startsWith('/') || !existsSync(join(tree, target))) continue;
    unlinkSync(path);
    symlinkSync(relative(dirname(path), join(tree, target)), path);
  }
}
