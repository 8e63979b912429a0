import { type ExecOptions, exec } from '../servers/exec.ts';

/** Milliseconds for one command of the client; on a busy machine a container takes seconds to start. */
const answerWithin = 60_000;

/** The docker command, and the daemon it talks to: the user's own by default. */
export class Docker {
  readonly #file: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(file = 'docker', env: NodeJS.ProcessEnv = process.env) {
    this.#file = file;
    this.#env = env;
  }

  /** Runs `docker ARGS` and gives its standard output. Rejects with what it wrote to standard error. */
  async run(args: readonly string[], options: Pick<ExecOptions, 'timeout'> = {}): Promise<string> {
    return await exec(this.#file, args, { timeout: answerWithin, ...options, env: this.#env });
  }

  /** `tar ARGS | docker import - TAG`. */
  async importTar(tar: readonly string[], tag: string): Promise<void> {
    // A shell knows only how the last command of a pipeline ended: a tar that failed ends the shell.
    const pipeline = 'file=$1 tag=$2; shift 2; { tar "$@" || kill $$; } | "$file" import --message tenure - "$tag"';
    await exec('sh', ['-c', pipeline, 'sh', this.#file, tag, ...tar], { timeout: answerWithin, env: this.#env });
  }
}
