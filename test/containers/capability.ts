import { exec } from '../servers/exec.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { DaemonRefused, DockerDaemon } from './daemon.ts';

/**
 * What a container needs of the kernel, in namespaces of its own: tmpfs, an overlay that takes writes, and control groups,
 * which are removed at once. Under version 2 a process must be let in, too; under version 1 some want settings first.
 */
const trial = `mount -t tmpfs tenure "$0"
cd "$0"
mkdir lower upper work merged
mount -t overlay tenure -o lowerdir=lower,upperdir=upper,workdir=work merged
echo written > merged/file
root=/sys/fs/cgroup
if [ -e $root/cgroup.controllers ]; then
  mkdir $root/$1
  sh -c 'echo $$ > "$0/cgroup.procs"' $root/$1 || { rmdir $root/$1; exit 1; }
  rmdir $root/$1
else
  [ -e $root/devices/cgroup.procs ] || { echo 'no control groups are mounted' >&2; exit 1; }
  for group in $root/*/cgroup.procs; do mkdir "\${group%/*}/$1"; rmdir "\${group%/*}/$1"; done
fi`;

/** Why this process may not run containers, found by starting a daemon; `undefined` when it may. */
export async function mayNotRunContainers(): Promise<string | undefined> {
  const lacking = await mayNotUseKernel();
  if (lacking !== undefined) return lacking;
  try {
    await using _ = await DockerDaemon.start();
    return undefined;
  } catch (error) {
    if (error instanceof DaemonRefused) return `this machine does not let it: ${error.message}`;
    throw error;
  }
}

/** The same without a daemon, found by doing what a container needs. */
async function mayNotUseKernel(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `containers need Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'a Docker daemon of its own needs root';
  const folder = await temporaryFolder('tenure-trial-');
  const enter = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  try {
    await exec('unshare', [...enter, 'sh', '-ec', trial, folder.path, `tenure-trial-${process.pid}`], {
      timeout: 60_000,
    });
    return undefined;
  } catch (error) {
    return `this machine does not let it: ${(error as Error).message.replaceAll('\n', ' ')}`;
  } finally {
    await folder.remove();
  }
}
