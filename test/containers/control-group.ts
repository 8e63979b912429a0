import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

/** A name in every hierarchy of control groups, where nothing is left below it after this process. */
export interface TemporaryControlGroup {
  readonly name: string;
  /** Resolves when no process is left in it and it is gone. Rejects when something stays there for half a minute. Idempotent. */
  remove(): Promise<void>;
}

/**
 * A shell waits for its standard input to end, which happens on `remove` and on any death of this process; then it removes
 * the groups, from the inside out. The kernel refuses that while a process is dying in one: hence again.
 */
const remover = `cat
for i in $(seq 300); do
  find /sys/fs/cgroup -depth -type d -path "*/$0*" -exec rmdir {} ';' 2>/dev/null
  [ -z "$(find /sys/fs/cgroup -type d -name "$0" 2>/dev/null)" ] && exit 0
  sleep 0.1
done
exit 1`;

export async function temporaryControlGroup(prefix: string): Promise<TemporaryControlGroup> {
  const name = `${prefix}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const shell = spawn('sh', ['-c', remover, name], { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/', detached: true });
  const exit = once(shell, 'exit');
  await once(shell, 'spawn');
  shell.stdin.on('error', () => undefined);
  shell.unref();
  return {
    name,
    async remove() {
      shell.ref();
      shell.stdin.end();
      const [code] = await exit;
      if (code !== 0) throw new Error(`processes are left in the control group ${name}`);
    },
  };
}
