import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface ExecOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds after which the command is killed; none by default. */
  readonly timeout?: number;
  /** Its standard input. */
  readonly input?: string;
}

/** Runs a command to its end and gives its standard output. Rejects with what it wrote to standard error. */
export function exec(file: string, args: readonly string[], options: ExecOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { ...options, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else {
        const why = error.killed === true ? `no answer in ${options.timeout} ms` : `exit ${error.code ?? error.signal}`;
        reject(new Error(`${file} ${args[0] ?? ''}: ${why}\n${stderr.trim()}`, { cause: error }));
      }
    });
    if (options.input !== undefined) child.stdin?.end(options.input);
  });
}

/** Throws an error that names every missing tool, before anything is started with half of them. */
export function requireTools(purpose: string, tools: readonly string[]): void {
  const missing = tools.filter((tool) => !isExecutable(tool));
  if (missing.length > 0) {
    throw new Error(
      `${purpose} needs ${missing.join(', ')}, which this machine does not have. ` +
        'Debian and its derivatives have apt, dpkg, tar and util-linux, and openssl as a package. ' +
        'Elsewhere, with Docker, npm run conformance:containers runs the suite against the stores as containers.',
    );
  }
}

function isExecutable(tool: string): boolean {
  const places = tool.startsWith('/') ? [tool] : (process.env.PATH ?? '').split(delimiter).map((d) => join(d, tool));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
