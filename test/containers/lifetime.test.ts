import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { install } from '../servers/install.ts';
import { mayNotRunContainers } from './capability.ts';

/** What the owner of a daemon with one container says of it. */
interface Traces {
  readonly folder: string;
  readonly controlGroup: string;
  readonly endpoint: string;
}

/** A program that starts them, prints their traces and then waits for its standard input to end. */
const owner = `import { DockerDaemon } from './daemon.ts';
import { recipes, startContained } from './debian.ts';
import { kinds } from './kinds.ts';
const daemon = await DockerDaemon.start();
const { endpoint } = await startContained(daemon, kinds.etcd, recipes.etcd);
const { folder, controlGroup } = daemon;
process.stdout.write(JSON.stringify({ folder, controlGroup, endpoint }) + '\\n');
for await (const _ of process.stdin);
await daemon.stop();`;

const refusal = await mayNotRunContainers();

suite('nothing outlives the owner of a daemon', { skip: refusal ?? false }, () => {
  test('after a stop', async (t) => {
    const { child, traces } = await started(t);
    child.stdin.end();
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    assert.deepEqual(await left(traces), []);
  });

  test('after SIGKILL', async (t) => {
    const { child, traces } = await started(t);
    child.kill('SIGKILL');
    // The kernel ends a namespace in milliseconds: half a minute is no slow machine.
    const deadline = performance.now() + 30_000;
    for (;;) {
      const found = await left(traces);
      if (found.length === 0) break;
      assert.ok(performance.now() < deadline, `left after 30 s: ${found.join(', ')}`);
      await sleep(50);
    }
  });
});

suite('conformance:containers names what is absent', () => {
  const refused = async (t: TestContext, path: string) => {
    const empty = mkdtempSync(join(tmpdir(), 'tenure-test-'));
    t.after(() => rmSync(empty, { recursive: true, force: true }));
    const env = { PATH: path, HOME: empty, DOCKER_CONFIG: empty, DOCKER_HOST: `unix://${empty}/none` };
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [[code], said] = await Promise.all([once(child, 'exit'), text(child.stderr), text(child.stdout)]);
    assert.equal(code, 2, said);
    return said;
  };

  test('docker', async (t) => {
    assert.match(await refused(t, ''), /The command docker is absent/);
  });

  test('compose, or a daemon where compose is part of the machine', async (t) => {
    const tree = (await install(['docker-20.10']))['docker-20.10'] as string;
    assert.match(await refused(t, join(tree, 'usr/bin')), /its plugin compose is not|no Docker daemon answers/);
  });
});

async function started(t: TestContext) {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', owner],
    {
      cwd: import.meta.dirname,
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  t.after(() => child.kill('SIGKILL'));
  let printed = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    printed += chunk;
    if (printed.endsWith('\n')) break;
  }
  const traces = JSON.parse(printed) as Traces;
  assert.deepEqual(
    await left(traces),
    ['control groups', 'the folder', 'processes', 'the server'],
    'the test sees them',
  );
  return { child, traces };
}

/** What is still there. */
async function left({ folder, controlGroup, endpoint }: Traces): Promise<string[]> {
  const found = {
    'control groups': controlGroups().some((name) => name.includes(controlGroup)),
    'the folder': existsSync(folder),
    // The daemon and containerd name the folder, the containers' processes are in the group.
    processes: processes().some((text) => text.includes(folder) || text.includes(controlGroup)),
    'the server': await accepts(endpoint),
    mounts: readFileSync('/proc/mounts', 'utf8').includes(folder),
  };
  return Object.entries(found)
    .filter(([, there]) => there)
    .map(([name]) => name);
}

/** Of all hierarchies, as deep as Docker makes its own. */
function controlGroups(): string[] {
  const root = '/sys/fs/cgroup';
  return [root, ...readdirSync(root).map((name) => join(root, name))].flatMap((folder) => entries(folder));
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The arguments and control groups of every process but the shells that wait to remove what is left. */
function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => `${contents(`/proc/${pid}/cmdline`)}\n${contents(`/proc/${pid}/cgroup`)}`)
    .filter((text) => !text.startsWith('sh\0-c\0cat'));
}

function contents(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function accepts(endpoint: string): Promise<boolean> {
  const { hostname: host, port } = new URL(`tcp://${endpoint}`);
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
