import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from './exec.ts';
import type { PinnedPackage } from './lock.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * What a suite offers now under these names, out of its signed index. The machine's own apt is neither read nor
 * changed, except for its transport settings (a proxy, say). One private apt serves one suite, because apt would
 * otherwise take the newest version of all suites. Rejects when the index carries no valid signature.
 */
export async function askSignedIndex(
  mirror: string,
  suite: string,
  names: readonly string[],
): Promise<PinnedPackage[]> {
  const root = mkdtempSync(join(tmpdir(), 'tenure-apt-'));
  try {
    const env = { ...process.env, APT_CONFIG: await configure(root, mirror, suite) };
    // apt-get update exits 0 after a failed fetch unless it is told that any error counts.
    await exec('apt-get', ['-qq', '-o', 'APT::Update::Error-Mode=any', 'update'], { env });
    const listed = await exec('apt-get', ['download', '--print-uris', ...names], { env });
    return listed
      .split('\n')
      .filter((line) => line.startsWith("'"))
      .map((line) => parse(line, mirror, suite));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function configure(root: string, mirror: string, suite: string): Promise<string> {
  for (const folder of ['etc/apt.conf.d', 'etc/preferences.d', 'etc/trusted.gpg.d', 'etc/auth.conf.d']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  mkdirSync(join(root, 'state/lists/partial'), { recursive: true });
  mkdirSync(join(root, 'cache/archives/partial'), { recursive: true });
  writeFileSync(join(root, 'state/status'), '');
  // A mirror that is a snapshot is older than the few days for which an index of sid is valid. Its signature still counts.
  const age = suite === 'sid' ? 'Check-Valid-Until: no\n' : '';
  writeFileSync(
    join(root, 'etc/suite.sources'),
    `Types: deb\nURIs: ${mirror}\nSuites: ${suite}\nComponents: main\nSigned-By: ${keyring}\n${age}`,
  );
  const architecture = (await exec('dpkg', ['--print-architecture'])).trim();
  // A file in APT_CONFIG is read first and its Dir::Etc hides the machine's apt.conf.d, so the transport is copied.
  const transport = (await exec('apt-config', ['dump']))
    .split('\n')
    .filter((line) => /^Acquire::(https?|Retries|ForceIPv)/.test(line));
  const file = join(root, 'apt.conf');
  writeFileSync(
    file,
    [
      `Dir::Etc "${root}/etc";`,
      `Dir::Etc::sourcelist "${root}/etc/suite.sources";`,
      'Dir::Etc::sourceparts "/dev/null";',
      `Dir::State "${root}/state";`,
      `Dir::State::status "${root}/state/status";`,
      `Dir::Cache "${root}/cache";`,
      'Acquire::Languages "none";',
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
      `APT::Architecture "${architecture}";`,
      'APT::Sandbox::User "root";',
      ...transport,
      '',
    ].join('\n'),
  );
  return file;
}

/** A line is `'URI' NAME_VERSION_ARCH.deb SIZE SHA256:HASH`, with `:` in the version written as %3a. */
function parse(line: string, mirror: string, suite: string): PinnedPackage {
  const [uri = '', file = '', size = '', hash = ''] = line.split(' ');
  const [name = '', version = ''] = file.split('_');
  const path = uri.slice(1, -1);
  if (!path.startsWith(`${mirror}/`) || !/^SHA256:[0-9a-f]{64}$/.test(hash)) {
    throw new Error(`apt-get download --print-uris printed an unknown line: ${file}`);
  }
  return {
    suite,
    package: name,
    version: version.replaceAll('%3a', ':'),
    path: path.slice(mirror.length + 1),
    size: Number(size),
    sha256: hash.slice('SHA256:'.length),
  };
}
