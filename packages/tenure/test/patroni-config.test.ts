import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../src/load.ts';
import { ofFiles } from '../src/patroni/read.ts';
import { fromPatroni } from '../src/patroni/translate.ts';
import { YamlFile } from '../src/yaml-file.ts';
import { finished, folder } from './tools.ts';

const DEBIAN = fileURLToPath(new URL('./fixtures/patroni/debian.yml', import.meta.url));

type Env = Record<string, string>;

/** What a file with this text says, and what this environment says over it; and what was warned of. */
function told(text: string, env: Env = {}): { readonly fields: Record<string, unknown>; readonly notes: string[] } {
  const notes: string[] = [];
  const emit = process.emitWarning;
  process.emitWarning = (warning: string | Error) => void notes.push(String(warning));
  try {
    return { fields: fromPatroni(ofFiles([new YamlFile('p.yml', text, 'pyyaml')], env), 'p.yml'), notes };
  } finally {
    process.emitWarning = emit;
  }
}

/** Each option, as a section's flow mapping, and what our section becomes; `null` where a case is about its notes only. */
const options: readonly (readonly [store: string, section: string, ours: object, note?: RegExp])[] = [
  ['etcd3', 'hosts: [a, "b:1"]', { etcd: { hosts: ['a:2379', 'b:1'], discover: true } }],
  ['etcd3', 'hosts: "a, b:1"', { etcd: { hosts: ['a:2379', 'b:1'], discover: true } }],
  ['etcd3', 'hosts: a, port: 7', { etcd: { hosts: ['a:7'], discover: true } }],
  ['etcd3', 'host: a', { etcd: { hosts: ['a:2379'], discover: true } }],
  ['etcd3', 'host: "a:5"', { etcd: { hosts: ['a:5'], discover: true } }],
  ['etcd3', 'host: a, port: "7"', { etcd: { hosts: ['a:7'], discover: true } }],
  ['etcd3', 'host: "[::1]"', { etcd: { hosts: ['[::1]:2379'], discover: true } }],
  ['etcd3', 'hosts: a, host: b', { etcd: { hosts: ['a:2379'], discover: true } }],
  ['etcd3', 'url: "http://a", hosts: b', { etcd: { hosts: ['a:2379'], discover: true } }],
  ['etcd3', 'url: "https://a:5/"', { etcd: { hosts: ['a:5'], tls: true, discover: true } }],
  [
    'etcd3',
    'url: "http://u:p%40@a:5", username: x, password: y',
    { etcd: { hosts: ['a:5'], username: 'u', password: 'p%40', discover: true } },
  ],
  [
    'etcd3',
    'url: "http://a:5", username: x, password: y',
    { etcd: { hosts: ['a:5'], discover: true } },
    /etcd3\.username: not used, .* etcd3\.url, which names none/,
  ],
  ['etcd3', 'proxy: "http://a:5", url: "http://b", hosts: c', { etcd: { hosts: ['a:5'], discover: false } }],
  ['etcd3', 'hosts: a, use_proxies: "on"', { etcd: { hosts: ['a:2379'], discover: false } }],
  ['etcd3', 'srv: example.org', { etcd: { srv: 'example.org', discover: true } }],
  ['etcd3', 'discovery_srv: example.org', { etcd: { srv: 'example.org', discover: true } }],
  [
    'etcd3',
    'srv_domain: example.org, srv_suffix: x, hosts: a',
    { etcd: { srv: 'example.org', srv_suffix: 'x', discover: true } },
  ],
  ['etcd3', 'srv: example.org, cacert: c.pem', { etcd: { srv: 'example.org', cacert: 'c.pem', discover: true } }],
  ['etcd3', 'host: a, protocol: https', { etcd: { hosts: ['a:2379'], tls: true, discover: true } }],
  [
    'etcd3',
    'host: a, protocol: https, cacert: c.pem, cert: d.pem, key: e.pem',
    { etcd: { hosts: ['a:2379'], tls: true, cacert: 'c.pem', cert: 'd.pem', key: 'e.pem', discover: true } },
  ],
  [
    'etcd3',
    'host: a, protocol: https, cert: both.pem',
    { etcd: { hosts: ['a:2379'], tls: true, cert: 'both.pem', key: 'both.pem', discover: true } },
  ],
  [
    'etcd3',
    'host: a, cacert: c.pem',
    { etcd: { hosts: ['a:2379'], discover: true } },
    /etcd3\.cacert: not used, for Patroni speaks TLS only with protocol: https/,
  ],
  [
    'etcd3',
    'host: a, username: u, password: p',
    { etcd: { hosts: ['a:2379'], username: 'u', password: 'p', discover: true } },
  ],
  ['etcd3', 'host: a, username: , password: ""', { etcd: { hosts: ['a:2379'], discover: true } }],
  [
    'etcd3',
    'host: a, hots: b',
    { etcd: { hosts: ['a:2379'], discover: true } },
    /line 4, column 24: etcd3\.hots: unknown option, not used; did you mean hosts\?/,
  ],
  ['consul', '', { consul: { hosts: ['127.0.0.1:8500'] } }],
  ['consul', 'host: a', { consul: { hosts: ['a:8500'] } }],
  ['consul', 'host: "a:1"', { consul: { hosts: ['a:1'] } }],
  ['consul', 'host: a, port: 7', { consul: { hosts: ['a:7'] } }],
  ['consul', 'url: "http://a", host: b', { consul: { hosts: ['a:8500'] } }],
  ['consul', 'url: "https://a:1"', { consul: { hosts: ['a:1'], scheme: 'https' } }],
  ['consul', 'host: a, scheme: https', { consul: { hosts: ['a:8500'], scheme: 'https' } }],
  [
    'consul',
    'host: a, scheme: https, verify: off, cacert: c, cert: d, key: e',
    { consul: { hosts: ['a:8500'], scheme: 'https', cacert: 'c', cert: 'd', key: 'e' } },
  ],
  [
    'consul',
    'host: a, scheme: https, cert: both.pem, verify: true',
    { consul: { hosts: ['a:8500'], scheme: 'https', cert: 'both.pem', key: 'both.pem' } },
  ],
  [
    'consul',
    'host: a, cacert: c, verify: no',
    { consul: { hosts: ['a:8500'] } },
    /consul\.cacert: not used, for Patroni speaks TLS only with scheme: https/,
  ],
  ['consul', 'host: a, token: t-1', { consul: { hosts: ['a:8500'], token: 't-1' } }],
  ['consul', 'host: a, token_file: /t', { consul: { hosts: ['a:8500'], token_file: '/t' } }],
  ['consul', 'host: a, dc: dc2', { consul: { hosts: ['a:8500'], dc: 'dc2' } }],
  ['consul', 'host: a, consistency: stale', { consul: { hosts: ['a:8500'], consistency: 'stale' } }],
  ['consul', 'host: a, checks: [serfHealth]', { consul: { hosts: ['a:8500'], checks: ['serfHealth'] } }],
  ['consul', 'host: a, checks: [], service_tags: []', { consul: { hosts: ['a:8500'], checks: [], service_tags: [] } }],
  ['consul', 'host: a, session_ttl_min: 2', { consul: { hosts: ['a:8500'], session_ttl_min: 2 } }],
  [
    'consul',
    'host: a, register_service: yes, service_tags: [x, y], service_check_interval: 7s, service_check_tls_server_name: n',
    {
      consul: {
        hosts: ['a:8500'],
        register_service: true,
        service_tags: ['x', 'y'],
        service_check_interval: 7,
        service_check_tls_server_name: 'n',
      },
    },
  ],
  ['zookeeper', 'hosts: "a,b:1"', { zookeeper: { hosts: ['a', 'b:1'] } }],
  ['zookeeper', 'hosts: [a, "b:1"]', { zookeeper: { hosts: ['a', 'b:1'] } }],
  [
    'zookeeper',
    'hosts: a, use_ssl: true, cacert: c, cert: d, key: e, key_password: p, verify: true',
    { zookeeper: { hosts: ['a'], use_ssl: true, cacert: 'c', cert: 'd', key: 'e', key_password: 'p' } },
  ],
  [
    'zookeeper',
    'hosts: a, cert: d, verify: false',
    { zookeeper: { hosts: ['a'] } },
    /zookeeper\.cert: not used, for Patroni speaks TLS only with use_ssl: true/,
  ],
  [
    'zookeeper',
    'hosts: a, set_acls: {"CN=x": [read, WRITE]}, auth_data: {digest: "u:p"}',
    { zookeeper: { hosts: ['a'], set_acls: { 'CN=x': ['READ', 'WRITE'] }, auth_data: { digest: 'u:p' } } },
  ],
  [
    'zookeeper',
    'hosts: a, tick_time: 3, min_ttl: 20, max_ttl: 90',
    { zookeeper: { hosts: ['a'], tick_time: 3, min_ttl: 20, max_ttl: 90 } },
  ],
];

for (const [store, section, ours, note] of options) {
  test(`patroni.yml: ${store}: {${section}}`, () => {
    const { fields, notes } = told(`scope: s\nname: n\nrestapi: {}\n${store}: {${section}}\n`);
    assert.deepEqual(fields, { ...DEFAULTS, ...ours });
    assert.equal(notes.length, note === undefined ? 0 : 1, notes.join('\n'));
    if (note !== undefined) assert.match(notes[0] ?? '', note);
  });
}

const DEFAULTS = {
  scope: 's',
  name: 'n',
  namespace: undefined,
  group: undefined,
  ttl: 30,
  loop_wait: 10,
  retry_timeout: 10,
};

/** By variable: the text, and what our fields become. Every store's option can be said by a variable. */
const variables: readonly (readonly [env: Env, ours: object])[] = [
  [{ PATRONI_ETCD3_HOSTS: "'a:1','b:2'" }, { etcd: { hosts: ['a:1', 'b:2'], discover: true } }],
  [{ PATRONI_ETCD3_HOSTS: '- a:1\n- b:2' }, { etcd: { hosts: ['a:1', 'b:2'], discover: true } }],
  [{ PATRONI_ETCD3_HOST: 'a', PATRONI_ETCD3_PORT: '7' }, { etcd: { hosts: ['a:7'], discover: true } }],
  [
    { PATRONI_ETCD3_URL: 'https://a:1', PATRONI_ETCD3_CACERT: 'c' },
    { etcd: { hosts: ['a:1'], tls: true, cacert: 'c', discover: true } },
  ],
  [{ PATRONI_ETCD3_PROXY: 'http://a:1' }, { etcd: { hosts: ['a:1'], discover: false } }],
  [
    { PATRONI_ETCD3_SRV: 'example.org', PATRONI_ETCD3_SRV_SUFFIX: 'x' },
    { etcd: { srv: 'example.org', srv_suffix: 'x', discover: true } },
  ],
  [
    {
      PATRONI_ETCD3_HOST: 'a',
      PATRONI_ETCD3_PROTOCOL: 'https',
      PATRONI_ETCD3_USE_PROXIES: 'on',
      PATRONI_ETCD3_CERT: 'd',
      PATRONI_ETCD3_KEY: 'e',
      PATRONI_ETCD3_USERNAME: 'u',
      PATRONI_ETCD3_PASSWORD: 'p',
    },
    { etcd: { hosts: ['a:2379'], tls: true, discover: false, cert: 'd', key: 'e', username: 'u', password: 'p' } },
  ],
  [
    {
      PATRONI_CONSUL_HOST: 'a:1',
      PATRONI_CONSUL_SCHEME: '',
      PATRONI_CONSUL_TOKEN: 't',
      PATRONI_CONSUL_DC: 'd',
      PATRONI_CONSUL_CONSISTENCY: 'consistent',
      PATRONI_CONSUL_CHECKS: 'x, y',
      PATRONI_CONSUL_REGISTER_SERVICE: 'true',
      PATRONI_CONSUL_SERVICE_TAGS: "['z']",
      PATRONI_CONSUL_SERVICE_CHECK_INTERVAL: '5s',
      PATRONI_CONSUL_SERVICE_CHECK_TLS_SERVER_NAME: 'n',
    },
    {
      consul: {
        hosts: ['a:1'],
        token: 't',
        dc: 'd',
        consistency: 'consistent',
        checks: ['x', 'y'],
        register_service: true,
        service_tags: ['z'],
        service_check_interval: 5,
        service_check_tls_server_name: 'n',
      },
    },
  ],
  [
    { PATRONI_CONSUL_URL: 'https://a:1', PATRONI_CONSUL_VERIFY: 'false', PATRONI_CONSUL_CACERT: 'c' },
    { consul: { hosts: ['a:1'], scheme: 'https', cacert: 'c' } },
  ],
  [
    {
      PATRONI_ZOOKEEPER_HOSTS: "'a:1','b:2'",
      PATRONI_ZOOKEEPER_USE_SSL: 'true',
      PATRONI_ZOOKEEPER_CERT: 'd',
      PATRONI_ZOOKEEPER_KEY: 'e',
      PATRONI_ZOOKEEPER_KEY_PASSWORD: 'p',
      PATRONI_ZOOKEEPER_VERIFY: 'yes',
      PATRONI_ZOOKEEPER_SET_ACLS: "CN=x: ['ALL']",
      PATRONI_ZOOKEEPER_AUTH_DATA: "digest: 'u:p'",
    },
    {
      zookeeper: {
        hosts: ['a:1', 'b:2'],
        use_ssl: true,
        cert: 'd',
        key: 'e',
        key_password: 'p',
        set_acls: { 'CN=x': ['ALL'] },
        auth_data: { digest: 'u:p' },
      },
    },
  ],
];

for (const [env, ours] of variables) {
  test(`patroni.yml: ${Object.keys(env).join(', ')}`, () => {
    const { fields } = told('scope: s\nname: n\n', env);
    assert.deepEqual(fields, { ...DEFAULTS, ...ours });
  });
}

test('patroni.yml: scope, namespace, name and the group of a variable win over those of the file', () => {
  const text = 'scope: s\nnamespace: a\nname: n\ncitus: {group: 1, database: d}\nconsul: {}\n';
  assert.partialDeepStrictEqual(told(text).fields, { scope: 's', namespace: 'a', name: 'n', group: 1 });
  const env = { PATRONI_SCOPE: 't', PATRONI_NAMESPACE: '/b/', PATRONI_NAME: 'm', PATRONI_CITUS_GROUP: '2' };
  assert.partialDeepStrictEqual(told(text, env).fields, { scope: 't', namespace: '/b/', name: 'm', group: 2 });
});

test("patroni.yml: times are those of bootstrap.dcs, filled with Patroni's defaults and adjusted as Patroni does", () => {
  const timed = (dcs: string) => {
    const { fields, notes } = told(`ttl: 77\nbootstrap: {dcs: {${dcs}}}\nconsul: {}\n`);
    return [fields.ttl, fields.loop_wait, fields.retry_timeout, notes.length];
  };
  assert.deepEqual(timed('ttl: 40, loop_wait: 8, retry_timeout: 12'), [40, 8, 12, 0]);
  assert.deepEqual(timed('ttl: "40"'), [40, 10, 10, 0]);
  assert.deepEqual(timed('ttl: 25'), [25, 5, 10, 1]);
  assert.deepEqual(timed('ttl: 5, loop_wait: 1, retry_timeout: 1'), [20, 1, 3, 2]);
});

/** By text: what is said of it, and where. */
const wrong: readonly (readonly [what: string, text: string, lines: readonly RegExp[], env?: Env])[] = [
  [
    'API v2',
    'etcd:\n  host: a\n',
    [/line 1, column 1: etcd: in a patroni\.yml this is the API v2 of etcd, .* etcd3$/m],
  ],
  ['API v2 by a variable', '', [/etcd: in a patroni\.yml this is/], { PATRONI_ETCD_HOST: 'a' }],
  ['no store', 'restapi: {}\n', [/store: missing; name one in a section etcd3, consul, zookeeper/]],
  ['a store that we have not', 'kubernetes: {}\n', [/line 1, column 1: kubernetes: Tenure has no such store/]],
  ['two stores', 'consul: {}\nzookeeper: {hosts: a}\n', [/consul, zookeeper: more than one store is named/]],
  ['no hosts', 'etcd3: {}\n', [/line 1, column 1: etcd3\.hosts: missing/]],
  ['no hosts of ZooKeeper', 'zookeeper: {}\n', [/line 1, column 1: zookeeper\.hosts: missing/]],
  ['a section that is a list', 'zookeeper: [a]\n', [/line 1, column 1: zookeeper: \["a"\] is not a mapping/]],
  [
    'hosts',
    'etcd3:\n  hosts:\n  - a:1\n  - b:99999\n  port: many\n',
    [
      /line 4, column 5: etcd3\.hosts\.1: "b:99999" is not host/,
      /line 5, column 9: etcd3\.port: "many" is not a whole/,
    ],
  ],
  ['a host with a scheme', 'etcd3: {hosts: "http://a:1"}', [/line 1, column 16: etcd3\.hosts\.0: "http:\/\/a:1" is/]],
  ['a protocol', 'etcd3: {host: a, protocol: ftp}', [/line 1, column 28: etcd3\.protocol: "ftp" is not http or https/]],
  ['a url', 'etcd3: {url: "a:2379"}', [/line 1, column 14: etcd3\.url: "a:2379" is not http:\/\/host:port/]],
  ['a proxy with a password', 'etcd3: {proxy: "ftp://u:SECRET@a"}', [/etcd3\.proxy: "ftp:\/\/a" is not http/]],
  ['a url with a port out of range', 'consul: {url: "http://a:70000"}', [/consul\.url: "http:\/\/a:70000" is not/]],
  [
    'a user alone',
    'etcd3: {host: a, username: u}',
    [/line 1, column 1: etcd3\.password: missing; etcd3\.username needs/],
  ],
  [
    'a password that is a number',
    'etcd3: {host: a, username: u, password: 5318008}',
    [/etcd3\.password: \(hidden\) is/],
  ],
  ['a flag', 'etcd3: {host: a, use_proxies: maybe}', [/etcd3\.use_proxies: "maybe" is not true or false, on or off/]],
  ['no verification of Consul', 'consul: {scheme: https, verify: off}', [/consul\.verify: false is not true: certif/]],
  ['a token and its file', 'consul: {token: SECRET, token_file: f}', [/consul\.token, consul\.token_file: name only/]],
  [
    'a token with a space',
    'consul: {token: "SEC RET"}',
    [/line 1, column 17: consul\.token: \(hidden\) is not visible/],
  ],
  ['an interval', 'consul: {service_check_interval: soon}', [/consul\.service_check_interval: "soon" is not a number/]],
  [
    'no verification of ZooKeeper',
    'zookeeper: {hosts: a, use_ssl: on, verify: off}',
    [/zookeeper\.verify: false is not/],
  ],
  ['a chroot', 'zookeeper: {hosts: "a:1/x"}', [/line 1, column 20: zookeeper\.hosts\.0: "a:1\/x" is not host/]],
  ['a permission', 'zookeeper: {hosts: a, set_acls: {u: [root]}}', [/set_acls\.u\.0: "root" is not READ, WRITE/]],
  ['a login', 'zookeeper: {hosts: a, auth_data: {digest: 5318008}}', [/auth_data\.digest: \(hidden\) is not/]],
  ['a key password alone', 'zookeeper: {hosts: a, use_ssl: on, key_password: SECRET}', [/zookeeper\.cert: missing/]],
  ['a group', 'citus: {group: a}\nconsul: {}\n', [/line 1, column 16: citus\.group: "a" is not a whole number from 0/]],
  [
    'times',
    'consul: {}\nbootstrap:\n  dcs:\n    ttl: 30s\n    loop_wait: -1\n    retry_timeout: 10000\n',
    [
      /line 4, column 10: bootstrap\.dcs\.ttl: "30s" is not a number of seconds from 0 to 3600/,
      /line 5, column 16: bootstrap\.dcs\.loop_wait: -1 is not/,
      /line 6, column 20: bootstrap\.dcs\.retry_timeout: 10000 is not/,
    ],
  ],
  [
    'a variable',
    'etcd3:\n  hosts: a\n',
    [/^ {2}PATRONI_ETCD3_HOSTS: etcd3\.hosts\.0: "b:…" is not/m],
    { PATRONI_ETCD3_HOSTS: 'b:x' },
  ],
  ['a list that is no YAML', '', [/PATRONI_ZOOKEEPER_HOSTS: is not YAML/], { PATRONI_ZOOKEEPER_HOSTS: '[a' }],
];

for (const [what, text, lines, env] of wrong) {
  test(`patroni.yml: ${what} that is wrong is told`, () => {
    assert.throws(
      () => told(text, env),
      (error: Error) => {
        assert.ok(error instanceof TypeError, error.stack);
        for (const line of lines) assert.match(error.message, line);
        assert.ok(!/SEC|RET|5318008/.test(error.message), `a secret is in: ${error.message}`);
        return true;
      },
    );
  });
}

test('patroni.yml: a file as Debian makes it is opened, and what is not of the store is passed over', async () => {
  assert.deepEqual(await loadConfig(DEBIAN), {
    scope: '15-main',
    namespace: '/postgresql-common/',
    name: 'pg-a',
    ttl: 40,
    loop_wait: 8,
    retry_timeout: 12,
    etcd: {
      hosts: ['10.0.0.11:2379', '10.0.0.12:2379', '10.0.0.13:2379'],
      tls: true,
      discover: true,
      cacert: '/etc/ssl/certs/etcd-ca.pem',
      cert: '/etc/patroni/client.pem',
      key: '/etc/patroni/client.key',
      username: 'patroni',
      password: 's3cret: #1',
    },
  });
});

test('patroni.yml: the files of a folder are laid over each other in the order of their names', async (t) => {
  const path = await folder(t);
  await writeFile(join(path, '10-base.yml'), 'scope: s\nname: n\nconsul: {host: a, dc: x, token: t}\ntags: {a: 1}\n');
  await writeFile(join(path, '20-site.yaml'), 'consul:\n  host: b\n  dc: null\n');
  await writeFile(join(path, '30-empty.yml'), '# nothing\n');
  await writeFile(join(path, '05-other.conf'), 'scope: [\n');
  await mkdir(join(path, '40-folder.yml'));
  const config = await loadConfig(path);
  assert.deepEqual([config.scope, config.consul], ['s', { hosts: ['b:8500'], token: 't' }]);
  await writeFile(join(path, '50-wrong.yml'), 'consul:\n  host: b:x\n');
  await assert.rejects(loadConfig(path), /\n {2}50-wrong\.yml, line 2, column 9: consul\.host: "b:…" is not host/);
  await writeFile(join(path, '60-list.yml'), '- a\n');
  await assert.rejects(loadConfig(path), /60-list\.yml: it does not hold a mapping/);
  const empty = join(await folder(t), 'empty');
  await mkdir(empty);
  await assert.rejects(loadConfig(empty), /there is no \*\.yml or \*\.yaml file in it/);
});

test('patroni.yml: anchors are followed to where a value is used, and a broken file is told by line and column', async (t) => {
  const anchored = await write(t, 'restapi: &all {port: x}\nconsul: *all\n');
  await assert.rejects(loadConfig(anchored), /line 1, column 22: consul\.port: "x" is not a whole number/);
  const broken = await write(t, 'consul: {token: SECRET\nrestapi: {}\n');
  await assert.rejects(loadConfig(broken), (error: Error) => {
    assert.match(error.message, /config file .*patroni\.yml, line \d, column \d+: /);
    return !error.message.includes('SECRET');
  });
});

test('a file without a section that only Patroni has is read as our own, and its wrong fields have their place', async (t) => {
  const ours = await write(t, 'scope: s\nname: n\netcd:\n  hosts: a\n  discvoer: true\nttl: x\n');
  await assert.rejects(loadConfig(ours), (error: Error) => {
    assert.match(error.message, /\n {2}line 5, column 13: etcd\.discvoer: unknown field; did you mean discover\?/);
    assert.match(error.message, /\n {2}line 6, column 6: ttl: "x" is not a number of seconds/);
    return true;
  });
});

test('the command: -c takes a patroni.yml, flags win over it, and --store patroni: takes the environment', async (t) => {
  const file = await write(t, `${UNHURRIED}restapi: {}\nconsul: {host: "127.0.0.1:1"}\n`);
  const quick = { PATRONI_CONSUL_URL: 'http://127.0.0.1:2' };
  const overridden = await finished(t, ['status', '-c', file, '--namespace', 'x'], { env: quick });
  assert.equal(overridden.code, 3, overridden.stderr);
  assert.match(overridden.stderr, /127\.0\.0\.1:2/);
  const wrong = await finished(t, ['status', '--store', 'patroni:'], { env: { PATRONI_CONSUL_URL: 'a:b' } });
  assert.equal(wrong.code, 2, wrong.stderr);
  assert.match(
    wrong.stderr,
    /Patroni's environment: one wrong field\ntenure: {3}PATRONI_CONSUL_URL: consul\.url: "a:…" is/,
  );
  const whole = { PATRONI_CONFIGURATION: 'scope: s\nzookeeper: {hosts: "a:x"}', PATRONI_CONSUL_URL: 'a:b' };
  const yaml = await finished(t, ['status', '--store', 'patroni:'], { env: whole });
  assert.equal(yaml.code, 2, yaml.stderr);
  assert.match(yaml.stderr, /line 2, column 20: zookeeper\.hosts\.0: "a:…" is not/);
});

/** A store that is away is given up after as little as Patroni's least. */
const UNHURRIED = 'scope: s\nname: n\nbootstrap: {dcs: {ttl: 20, loop_wait: 1, retry_timeout: 3}}\n';

async function write(t: TestContext, text: string): Promise<string> {
  const path = join(await folder(t), 'patroni.yml');
  await writeFile(path, text);
  return path;
}
