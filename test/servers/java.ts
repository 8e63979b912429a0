import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { install } from './install.ts';
import { keepLinksInside } from './links.ts';

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
