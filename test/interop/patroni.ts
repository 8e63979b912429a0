import { globSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../servers/exec.ts';
import { install } from '../servers/index.ts';

/** As Debian has them: 3.0 in bookworm, 4.0 in trixie, 4.1 in sid. */
export const versions = ['3.0', '4.0', '4.1'] as const;
export type PatroniVersion = (typeof versions)[number];

/** A real Patroni, unpacked into the cache folder, with a Python of its own. */
export interface Patroni {
  /** `4.1.5` and so on. */
  readonly release: string;
  readonly python: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Installs Patroni if need be. Its Python and the compiled modules are Debian 12's: a machine with an older C library
 * cannot run them. @throws Error that says so
 */
export async function findPatroni(version: PatroniVersion): Promise<Patroni> {
  const folders = await install([`patroni-${version}`, 'patroni-python']);
  const [own, shared] = [folders[`patroni-${version}`] as string, folders['patroni-python'] as string];
  const python = join(shared, 'usr/bin/python3.11');
  const env = {
    PATH: process.env.PATH ?? '',
    LC_ALL: 'C.UTF-8',
    PYTHONPATH: join(own, 'usr/lib/python3/dist-packages'),
    LD_LIBRARY_PATH: librariesOf(shared).join(':'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONWARNINGS: 'ignore',
  };
  try {
    const release = await exec(python, ['-s', '-c', 'from patroni.version import __version__; print(__version__)'], {
      env,
    });
    return { release: release.trim(), python, env };
  } catch (error) {
    const why = `Patroni ${version} of Debian does not run on this machine, which needs the C library of Debian 12 (2.36) or later`;
    throw new Error(`${why}: nothing of test/interop can be told here.\n${(error as Error).message}`, { cause: error });
  }
}

/** The folders of shared libraries in an unpacked tree. */
export function librariesOf(tree: string): string[] {
  return globSync(['usr/lib/*-linux-gnu', 'lib/*-linux-gnu'], { cwd: tree }).map((folder) => join(tree, folder));
}
