import { exec } from '../servers/exec.ts';

/**
 * What a container needs of the kernel, in a namespace of its own and on a folder of its own: tmpfs, an overlay that takes
 * writes, and a control group. All of it ends with the shell, and the control groups are removed before.
 */
const trial = `mount -t tmpfs tenure "$0"
cd "$0"
mkdir lower upper work merged
mount -t overlay tenure -o lowerdir=lower,upperdir=upper,workdir=work merged
echo written > merged/file
groups=$(find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs -printf '%h\\n' | sort | head -n 20)
[ -n "$groups" ] || { echo 'no control groups are mounted' >&2; exit 1; }
[ ! -e /sys/fs/cgroup/cgroup.controllers ] || groups=/sys/fs/cgroup
for group in $groups; do mkdir "$group/$1"; rmdir "$group/$1"; done`;

/** Why this process may not run containers, found by doing what a container needs; `undefined` when it may. */
export async function mayNotRunContainers(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `containers need Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'a Docker daemon needs root';
  const enter = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  try {
    await exec('unshare', [...enter, 'sh', '-ec', trial, '/mnt', `tenure-trial-${process.pid}`], { timeout: 30_000 });
    return undefined;
  } catch (error) {
    return `the kernel or a container around this process refuses it: ${(error as Error).message}`;
  }
}
