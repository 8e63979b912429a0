import { existsSync, lstatSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Debian's packages link by absolute paths, the JRE to /etc for one, which would lead out of an unpacked tree. Idempotent. */
export function keepLinksInside(tree: string): void {
  for (const entry of readdirSync(tree, { recursive: true, encoding: 'utf8' })) {
    const path = join(tree, entry);
    if (!lstatSync(path).isSymbolicLink()) continue;
    const target = readlinkSync(path);
    if (!target.startsWith('/') || !existsSync(join(tree, target))) continue;
    unlinkSync(path);
    symlinkSync(relative(dirname(path), join(tree, target)), path);
  }
}
