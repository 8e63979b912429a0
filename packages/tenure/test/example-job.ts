import { appendFileSync, existsSync } from 'node:fs';

/** What the tests let the examples run: writes down what it was told, a line of JSON each time. */
const [log = '', flag] = process.argv.slice(2);
const {
  TENURE_TURN: turn,
  TENURE_TOKEN: token,
  TENURE_LEADER: leader,
  TENURE_HOST: host,
  TENURE_PORT: port,
} = process.env;

function write(line: unknown): void {
  appendFileSync(log, `${JSON.stringify(line)}\n`);
}

if (flag === '--fail-first' && !existsSync(log)) process.exitCode = 1;
write({ pid: process.pid, by: process.ppid, turn, token, leader, host, port });
if (flag === '--stay') {
  process.on('SIGTERM', () => write('TERM'));
  setInterval(() => undefined, 1000);
}
