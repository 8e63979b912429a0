import { openSync, writeSync } from 'node:fs';

/** What the tests let `tenure run` run: logs that it acts, every few milliseconds, by the clock that all processes share. */
const [log = '', ...flags] = process.argv.slice(2);
const file = openSync(log, 'a');
const { TENURE_TOKEN, TENURE_NAME, TENURE_SCOPE } = process.env;

function write(event: string): void {
  const at = Number(process.hrtime.bigint()) / 1e6;
  const line = { event, at, pid: process.pid, token: Number(TENURE_TOKEN), name: TENURE_NAME, scope: TENURE_SCOPE };
  writeSync(file, `${JSON.stringify(line)}\n`);
}

write('begin');
const acting = setInterval(() => write('act'), 5);
process.on('SIGTERM', () => {
  write('term');
  if (flags.includes('--ignore-term')) return;
  clearInterval(acting);
  write('end');
});
const code = flags.find((flag) => flag.startsWith('--exit='));
if (code !== undefined) {
  setTimeout(() => {
    clearInterval(acting);
    write('end');
    process.exitCode = Number(code.slice('--exit='.length));
  }, 100);
}
