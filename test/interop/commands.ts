import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../servers/folder.ts';
import { bin, tenure } from './command.ts';
import { type CommandOptions, type Ended, PatroniDriver } from './driver.ts';
import type { Ground } from './ground.ts';
import { findPatroni, type PatroniVersion } from './patroni.ts';

const script = fileURLToPath(new URL('./patronictl.py', import.meta.url));

/** patronictl and tenure for one scope. */
export interface Commands extends AsyncDisposable {
  /** A folder for what a test needs. */
  readonly folder: string;
  /** For a script that starts the commands: `$NODE $TENURE` with `--store $STORE`, `$PYTHON -s $PATRONICTL -c $CONFIG` with `$SCOPE`. */
  readonly paths: Readonly<Record<string, string>>;
  patronictl(command: string, args?: readonly string[], options?: CommandOptions): Promise<Ended>;
  tenure(command: string, args?: readonly string[], options?: CommandOptions): Promise<Ended>;
}

export async function openCommands(ground: Ground, scope: string, version: PatroniVersion): Promise<Commands> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.adopt(await temporaryFolder('tenure-interop-'), (it) => it.remove()).path;
  const patroni = await findPatroni(version);
  const driver = resources.use(new PatroniDriver(patroni));
  const config = join(folder, 'patronictl.yml');
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(ground.config(scope, 'ctl')));
  const held = resources.move();
  return {
    folder,
    paths: {
      ...{ NODE: process.execPath, TENURE: bin, STORE: ground.url(scope) },
      ...{ PYTHON: patroni.python, PATRONICTL: script, CONFIG: config, SCOPE: scope },
      ...patroni.env,
    },
    patronictl: (command, args = [], options) => driver.patronictl(config, [command, scope, ...args], options),
    tenure: (command, args = [], options) => tenure([command, '--store', ground.url(scope), ...args], options),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
