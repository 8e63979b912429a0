import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder below os.tmpdir() that does not outlive this process. */
export interface TemporaryFolder {
  readonly path: string;
  /** Resolves when the folder is gone. Idempotent. */
  remove(): Promise<void>;
}

/**
 * A shell waits for its standard input to end, which happens on `remove` and on any death of this process, kill -9
 * included; then it removes the folder. It tries again for a second, because a dying server may still write.
 */
const remover = 'cat; for i in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$0" 2>/dev/null && exit 0; sleep 0.1; done; exit 1';

export async function temporaryFolder(prefix: string): Promise<TemporaryFolder> {
  const path = mkdtempSync(join(tmpdir(), prefix));
  // Its own session, so that Ctrl-C on the terminal does not end it before the folder's owner.
  const shell = spawn('sh', ['-c', remover, path], { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/', detached: true });
  const exit = once(shell, 'exit');
  await once(shell, 'spawn');
  shell.stdin.on('error', () => undefined);
  shell.unref();
  return {
    path,
    async remove() {
      shell.ref();
      shell.stdin.end();
      await exit;
    },
  };
}
