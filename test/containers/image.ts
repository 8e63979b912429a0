import { join, normalize } from 'node:path';
import { exec } from '../servers/exec.ts';
import type { Docker } from './docker.ts';

/** Files and folders below `from`, which is the root of the image. */
export interface Part {
  readonly from: string;
  readonly names: readonly string[];
}

/** Makes an image of these parts and of the libraries that `programs`, files of this machine, are linked to. */
export async function makeImage(
  docker: Docker,
  tag: string,
  parts: readonly Part[],
  programs: readonly string[],
): Promise<void> {
  const held = parts.flatMap(({ from, names }) => names.map((name) => join(from, name)));
  const libraries = (await librariesOf(programs))
    .filter((library) => !held.some((part) => library.startsWith(`${part}/`)))
    .map((library) => library.slice(1));
  const chosen = [...parts, { from: '/', names: libraries }].flatMap(({ from, names }) => ['-C', from, ...names]);
  // Links are followed: a library's name is one, and Debian's Java links to /etc, where not everything needs to exist.
  const options = ['-c', '-h', '--ignore-failed-read', '--owner=0', '--group=0', '--exclude=src.zip', '-f', '-'];
  await docker.importTar([...options, ...chosen], tag);
}

/** By absolute path, the dynamic linker included. */
async function librariesOf(programs: readonly string[]): Promise<string[]> {
  const listed = await exec('ldd', programs);
  return [
    ...new Set([...listed.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x/gm)].map(([, library = '']) => normalize(library))),
  ];
}
