import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from './exec.ts';

/** A file of the mirror, where to put it, and the only hash it may have. */
export interface Download {
  readonly path: string;
  readonly file: string;
  readonly sha256: string;
}

export const aptHelper = '/usr/lib/apt/apt-helper';

/**
 * The Debian mirror that this machine's own apt uses, without a trailing slash; TENURE_TEST_MIRROR overrides it.
 * Throws when the machine's sources name none.
 */
export async function findMirror(): Promise<string> {
  const given = process.env.TENURE_TEST_MIRROR;
  if (given !== undefined && given !== '') return given.replace(/\/+$/, '');
  const known = await exec('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']);
  // Before the first `apt-get update` apt may list nothing, so the sources themselves are read.
  const found = [...known.split('\n'), ...sourceUris()].find((uri) => /\/debian\/?$/.test(uri));
  if (found === undefined) {
    throw new Error("No Debian mirror in this machine's apt sources; set TENURE_TEST_MIRROR to the URL of one.");
  }
  return found.replace(/\/+$/, '');
}

function sourceUris(): string[] {
  const parts = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...list(parts).map((name) => join(parts, name))];
  return files.flatMap((file) =>
    read(file)
      .split('\n')
      .filter((line) => !line.trimStart().startsWith('#'))
      .flatMap((line) => line.split(/\s+/))
      .filter((word) => /^[a-z+]+:\/\//.test(word)),
  );
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Fetches all files in one call. apt-helper refuses bytes with another hash; rejects if any file did not arrive. */
export async function download(mirror: string, files: readonly Download[]): Promise<void> {
  const wanted = files.flatMap(({ path, file, sha256 }) => [`${mirror}/${path}`, file, `SHA256:${sha256}`]);
  await exec(aptHelper, ['-q', '-o', 'APT::Sandbox::User=root', 'download-file', ...wanted]);
}
