import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { healing } from '@tenure/conformance';
import type { Fault } from './fault.ts';

const SERVERS = { etcd: 'no file is shared', consul: 'no file is shared', zookeeper: 'no file is shared' } as const;

/** Holds the file's write lock in a transaction that has written, and never ends it. */
const HOLD = `
  const { DatabaseSync } = require('node:sqlite');
  const db = new DatabaseSync(process.argv[1], { timeout: 10_000 });
  db.exec('BEGIN IMMEDIATE');
  db.exec('UPDATE meta SET revision = revision + 1');
  console.log('held');
  setInterval(() => db.isOpen, 1000);
`;

/** What other processes do to the file of an embedded store. */
export const files: readonly Fault[] = [
  {
    // In the end it is killed in the middle of its transaction, which is rolled back.
    ...{ name: 'file locked by another process', area: 'file', absent: SERVERS },
    inflict: async ({ ground }) => {
      const node = [process.execPath, '--disable-warning=ExperimentalWarning', '-e', HOLD, ground.path];
      const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...node], { stdio: ['ignore', 'pipe', 'ignore'] });
      const gone = once(child, 'exit');
      await Promise.race([once(child.stdout, 'data'), gone]);
      return {
        heal: healing(async () => {
          child.kill('SIGKILL');
          await gone;
        }),
      };
    },
  },
];
