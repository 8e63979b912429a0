import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readConfigFiles } from '../src/file.ts';
import { loadConfig } from '../src/load.ts';
import { finished, folder } from './tools.ts';

type Env = Readonly<Record<string, string>>;

const NAME_SET = { PATRONI_NAME: 'n' };
const SCOPE_SET = { PATRONI_SCOPE: 'pg' };
const TOKEN_SET = { PATRONI_CONSUL_TOKEN: 't' };

/** What a file holds, under which environment, and whose it is then. */
const files: readonly (readonly [text: string, whose: 'Patroni' | 'Tenure', env?: Env])[] = [
  // A section that only Patroni has.
  ['etcd3: {host: a}', 'Patroni'],
  ['etcd3: {hosts: [a]}\nscope: s\nnamespace: n', 'Patroni'],
  ['ctl: {}\nconsul: {host: a}', 'Patroni'],
  ['log: {level: INFO}\nzookeeper: {hosts: a}', 'Patroni'],
  ['tags: {}\nscope: s\nname: n\nstore: etcd://a', 'Patroni'],
  ['watchdog: {mode: off}\nscope: s\netcd: {hosts: a}', 'Patroni'],
  // An option that only Patroni has.
  ...['host: a', 'url: "http://a"', 'proxy: "http://a"', 'hosts: a, protocol: https', 'hosts: a, port: 7'].map(
    (section) => [`scope: s\netcd: {${section}}`, 'Patroni'] as const,
  ),
  ['etcd: {hosts: a, use_proxies: true}', 'Patroni'],
  ['etcd: {discovery_srv: a}', 'Patroni'],
  ['etcd: {host: a, prto: 7}', 'Patroni'],
  // What only Tenure has is Tenure's, whatever stands beside it.
  ['etcd: {host: a, discover: true}', 'Tenure'],
  ['etcd: {host: a}\nstop_budget: 1', 'Tenure'],
  ['consul: {hosts: [a]}', 'Tenure', { ...SCOPE_SET, ...TOKEN_SET }],
  ['store: "consul://a"', 'Tenure', { ...SCOPE_SET, ...TOKEN_SET }],
  ['embedded: {path: /a}', 'Tenure', SCOPE_SET],
  // What both could have.
  ['scope: s\nname: n\netcd: {hosts: [a]}', 'Tenure'],
  ['etcd: {srv: example.org, username: u, password: p, cacert: c}', 'Tenure'],
  ['consul: {host: a, port: 7, token: t}', 'Tenure'],
  ['zookeeper: {hosts: a}', 'Tenure'],
  ['scope: s\nttl: 30\nzookeeper: {hosts: a, tick_time: 3}', 'Tenure'],
  ['', 'Tenure'],
  // ... and variables of Patroni's beside it.
  ['scope: s\nconsul: {host: a}', 'Tenure', { ...SCOPE_SET, ...TOKEN_SET }],
  ['scope: s\nname: n\nzookeeper: {hosts: a}', 'Tenure', { ...SCOPE_SET, PATRONI_ZOOKEEPER_HOSTS: 'b' }],
  ['etcd: {hosts: a}', 'Tenure', SCOPE_SET],
  ['etcd: {hosts: a}', 'Tenure', { ...SCOPE_SET, PATRONI_ETCD3_HOSTS: 'b' }],
  ['consul: {host: a}', 'Patroni', SCOPE_SET],
  ['consul: {host: a}', 'Patroni', NAME_SET],
  ['consul: {host: a}\nnamespace: x', 'Patroni', TOKEN_SET],
  ['zookeeper: {hosts: a}', 'Patroni', { PATRONI_ZOOKEEPER_USE_SSL: 'on' }],
  ['scope: s\nconsul: {token: t}', 'Patroni', { PATRONI_CONSUL_HOST: 'a' }],
  ['scope: s\nzookeeper:', 'Patroni', { PATRONI_ZOOKEEPER_HOSTS: 'a' }],
  ['scope: s\nname: n', 'Patroni', { PATRONI_ETCD3_HOSTS: 'a' }],
  ['', 'Patroni', { ...SCOPE_SET, PATRONI_CONSUL_URL: 'http://a' }],
  ['scope: s', 'Tenure', SCOPE_SET],
  ['consul: {host: a}', 'Tenure', { ...SCOPE_SET, PATRONI_ZOOKEEPER_HOSTS: 'b' }],
  ['consul: {host: a}\nzookeeper: {hosts: b}', 'Tenure', SCOPE_SET],
  ['consul: {hots: a}', 'Tenure', { ...SCOPE_SET, ...TOKEN_SET }],
  ['scpoe: s\nconsul: {host: a}', 'Tenure', SCOPE_SET],
  ['consul: {host: a}', 'Tenure', { PATRONI_SCOPE: '', PATRONI_RESTAPI_LISTEN: 'a' }],
];

for (const [text, whose, env = {}] of files) {
  const variables = Object.keys(env).length === 0 ? '' : ` with ${Object.keys(env).join(', ')}`;
  test(`whose a file is: ${JSON.stringify(text)}${variables}: ${whose}'s`, async (t) => {
    const { patroni } = await readConfigFiles(await write(t, text), env);
    assert.equal(patroni, whose === 'Patroni');
  });
}

test('a patroni.yml of nothing but etcd: API v2 is told with its place, and what a file of our own would say', async (t) => {
  const path = await write(t, '# of patronictl\nscope: s\n\netcd:\n  host: 10.0.0.1:2379\n');
  await assert.rejects(loadConfig(path), (error: Error) => {
    assert.match(error.message, /^config file .*patroni\.yml: one wrong field\n {2}line 4, column 1: etcd: /);
    assert.match(
      error.message,
      /API v2 .* in a file of Tenure's own name etcd\.hosts instead of etcd\.host, .* etcd3$/,
    );
    return true;
  });
});

test('the command: a file of nothing but a store takes what variables of Patroni say, and a whole one tells that it does not', async (t) => {
  const bare = await write(t, 'consul: {host: "127.0.0.1:1"}\n');
  const filled = await finished(t, ['status', '-c', bare], { env: { PATRONI_CONSUL_URL: 'a:b' } });
  assert.equal(filled.code, 2, filled.stderr);
  assert.match(filled.stderr, /^tenure: config file .*\ntenure: {3}PATRONI_CONSUL_URL: consul\.url: "a:…" is not/);
  const env = { PATRONI_CONSUL_URL: 'http://127.0.0.1:2', PATRONI_SCOPE: 'pg' };
  const whole = await write(t, 'scope: s\nttl: 20\nretry_timeout: 3\nconsul: {host: "127.0.0.1:1"}\n');
  const own = await finished(t, ['status', '-c', whole], { env });
  assert.equal(own.code, 3, own.stderr);
  assert.match(own.stderr, /127\.0\.0\.1:1/);
  const warning =
    /TenureWarning: config file .*: PATRONI_CONSUL_URL: not used, for the file is Tenure's own; .*ctl: \{\}/;
  assert.match(own.stderr, warning);
});

test('variables that do not count are told only where the file could be Patroni’s, and of the store that it names', async (t) => {
  const env = { PATRONI_ETCD_HOSTS: 'b', PATRONI_CONSUL_HOST: 'b', PATRONI_CONSUL_TOKEN: 't', ...SCOPE_SET };
  for (const [text, unused] of [
    ['scope: s\nconsul: {host: a}', ['PATRONI_CONSUL_HOST', 'PATRONI_CONSUL_TOKEN']],
    ['scope: s\nconsul: {host: a}\nstop_budget: 1', []],
    ['scope: s\nconsul: {hots: a}', []],
    ['scope: s\nzookeeper: {hosts: a}', []],
    ['scope: s\netcd: {hosts: a}', []],
    ['embedded: {}', []],
    ['ctl: {}\nconsul: {host: a}', []],
  ] as const) {
    assert.deepEqual((await readConfigFiles(await write(t, text), env)).unused, unused, text);
  }
});

async function write(t: TestContext, text: string): Promise<string> {
  const path = join(await folder(t), 'patroni.yml');
  await writeFile(path, text);
  return path;
}
