import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Config, DcsError, lead, open } from 'tenure';
import { consulEndpoints } from '../src/consul-section.ts';
import { loadConfig } from '../src/load.ts';
import { folder } from './tools.ts';

const wrong: readonly (readonly [what: string, config: unknown, lines: readonly string[]])[] = [
  ['nothing', {}, ['scope: missing', 'name: missing']],
  ['no store', { scope: 's', name: 'n' }, ['store: missing; name one']],
  ['a ttl in milliseconds', base({ ttl: 30_000 }), ['ttl: 30000 is not a number of seconds from 0.1 to 3600']],
  ['a ttl as text', base({ ttl: '30s' }), ['ttl: "30s" is not a number of seconds']],
  ['a ttl that is NaN', base({ ttl: Number.NaN }), ['ttl: null is not a number of seconds']],
  ['a name with a slash', base({ name: 'a/b' }), ['name: "a/b" is not the name of this member, without a slash']],
  ['an empty name', base({ name: '' }), ['name: "" is not']],
  ['an empty scope', base({ scope: '' }), ['scope: "" is not']],
  ['a misspelt field', base({ retry_timout: 1 }), ['retry_timout: unknown field; did you mean retry_timeout?']],
  ['a field of another style', base({ loopwait: 1 }), ['loopwait: unknown field; did you mean loop_wait?']],
  ['a field that nothing is like', base({ colour: 1 }), ['colour: unknown field; known are store, scope']],
  [
    'several at once',
    { scop: 's', name: 1, ttl: -1, embedded: { path: '' } },
    [
      '4 wrong fields',
      'scope: missing',
      'scop: unknown field; did you mean scope?',
      'name: 1 is not',
      'ttl: -1 is not',
      'embedded.path: "" is not',
    ].slice(1),
  ],
  ['two stores', base({ etcd: { hosts: 'h' } }), ['etcd, embedded: more than one store is named; keep one']],
  ['the old section of Patroni', { scope: 's', name: 'n', etcd3: {} }, ['etcd3: unknown field; did you mean etcd?']],
  ['no hosts', etcd({}), ['etcd.hosts: missing; name hosts or srv']],
  [
    'a bad port',
    etcd({ hosts: ['h:99999'] }),
    ['etcd.hosts.0: "h:99999" is not host or host:port with a port from 1 to 65535'],
  ],
  ['a bare IPv6 address', etcd({ hosts: '::1:2379' }), ['etcd.hosts.0']],
  ['a key without its certificate', etcd({ hosts: 'h', key: 'k.pem' }), ['etcd.cert: missing; etcd.key needs it']],
  ['a password without a user', etcd({ hosts: 'h', password: 'SECRET' }), ['etcd.username: missing']],
  [
    'a password of the wrong type',
    etcd({ hosts: 'h', username: 'u', password: 5_318_008 }),
    ['etcd.password: (hidden) is not'],
  ],
  [
    'too little time',
    base({ ttl: 10, loop_wait: 5, retry_timeout: 5 }),
    ['ttl: 10 is under loop_wait + 2 × retry_timeout = 15'],
  ],
  ['not an object', 17, ['config: 17 is not an object']],
  [
    'an unknown store',
    'redis://h/s',
    [
      'store: redis:// is unknown; known are etcd://, etcds://, consul://, consuls://, zookeeper://, zookeepers://, embedded:',
    ],
  ],
  ['a misspelt store', 'etdc://h/s', ['did you mean etcd://?']],
  ['a consul without hosts', consul({}), ['consul.hosts: missing; name hosts, url or host']],
  [
    'two ways to name hosts',
    consul({ hosts: 'h', url: 'http://h' }),
    ['consul.hosts, consul.url: name only one of them'],
  ],
  ['two ports', consul({ host: 'h:1', port: 2 }), ['consul.host, consul.port: the host names a port too']],
  ['a port without its host', consul({ hosts: 'h', port: 2 }), ['consul.host: missing; consul.port needs it']],
  [
    'a port out of range',
    consul({ host: 'h', port: 70_000 }),
    ['consul.port: 70000 is not a whole number from 1 to 65535'],
  ],
  ['a url that has no scheme', consul({ url: 'h:8500' }), ['consul.url: "h:8500" is not http://host:port or https://']],
  [
    'a token in a url',
    consul({ url: 'http://SECRET@h:8500' }),
    ['consul.url: "http://h:8500" is not http://host:port'],
  ],
  ['another scheme', consul({ host: 'h', scheme: 'ftp' }), ['consul.scheme: "ftp" is not http or https']],
  ['a token with a space', consul({ host: 'h', token: 'SEC RET' }), ['consul.token: (hidden) is not visible ASCII']],
  [
    'a token and its file',
    consul({ host: 'h', token: 'SECRET', token_file: '/t' }),
    ['consul.token, consul.token_file: name only one of them'],
  ],
  [
    'no verification',
    consul({ host: 'h', verify: false }),
    ['consul.verify: false is not true: certificates are always'],
  ],
  [
    'an unknown consistency',
    consul({ host: 'h', consistency: 'strong' }),
    ['"strong" is not default, consistent or stale'],
  ],
  ['a certificate without key', consul({ host: 'h', cert: 'c.pem' }), ['consul.key: missing; consul.cert needs it']],
  ['TLS on http', consul({ hosts: 'http://h', cacert: 'c.pem' }), ['one begins with http://, yet TLS is asked for']],
  [
    'a session_ttl_min in milliseconds',
    consul({ host: 'h', session_ttl_min: 10_000 }),
    ['consul.session_ttl_min: 10000 is not a number of seconds from 0.1 to 3600'],
  ],
  [
    'an interval as a word',
    consul({ host: 'h', service_check_interval: 'soon' }),
    ['consul.service_check_interval: "soon" is not a number of seconds from 0.1 to 3600, or a text such as 5s'],
  ],
  ['a misspelt field of consul', consul({ hots: 'h' }), ['consul.hots: unknown field; did you mean hosts?']],
  ['a zookeeper without hosts', zookeeper({}), ['zookeeper.hosts: missing; name at least one host']],
  ['a zookeeper host with a scheme', zookeeper({ hosts: 'http://h:1' }), ['zookeeper.hosts.0: ']],
  [
    'a tick in milliseconds',
    zookeeper({ hosts: 'h', tick_time: 2000 }),
    ['zookeeper.tick_time: 2000 is not a number of seconds from 0.01 to 60'],
  ],
  [
    'a longest ttl in milliseconds',
    zookeeper({ hosts: 'h', max_ttl: 60_000 }),
    ['zookeeper.max_ttl: 60000 is not a number of seconds from 0.03 to 3600'],
  ],
  [
    'a shortest ttl of less than three ticks',
    zookeeper({ hosts: 'h', min_ttl: 5 }),
    ['zookeeper.min_ttl: 5 is less than three times tick_time, 6'],
  ],
  [
    'a longest ttl under the shortest',
    zookeeper({ hosts: 'h', max_ttl: 9 }),
    ['zookeeper.max_ttl: 9 is less than min_ttl, 10'],
  ],
  [
    'a limit that is no number, in a URL',
    'zookeeper://h/s?name=n&max_ttl=long',
    ['zookeeper.max_ttl: "long" is not a'],
  ],
  [
    'a login that is no object',
    zookeeper({ hosts: 'h', auth_data: 'u:SECRET' }),
    ['zookeeper.auth_data: (hidden) is not'],
  ],
  [
    'a login of the wrong type',
    zookeeper({ hosts: 'h', auth_data: { digest: 5_318_008 } }),
    ['auth_data.digest: (hidden)'],
  ],
  [
    'an unknown permission',
    zookeeper({ hosts: 'h', set_acls: { 'CN=a': ['ALL', 'ROOT'] } }),
    ['zookeeper.set_acls.CN=a.1: "ROOT" is not READ, WRITE, CREATE, DELETE, ADMIN, ALL'],
  ],
  ['a key password without a key', zookeeper({ hosts: 'h', key_password: 'SECRET' }), ['zookeeper.key: missing']],
  [
    'certificates without TLS',
    zookeeper({ hosts: 'h', use_ssl: false, cacert: 'c' }),
    ['zookeeper.use_ssl: false, yet'],
  ],
  ['a zookeeper user without password', 'zookeeper://SECRET@h/s?name=n', ['password: missing; write zookeeper://user']],
  ['a consul token with a slash', 'consul://SEC/RET@h/s?name=n', ['in a user, password or token write / as %2F']],
  ['a URL with a field of another store', 'consul://h/s?name=n&tick_time=2', ['tick_time: unknown field']],
  ['a URL of consul without slashes', 'consul:h', ['hosts: missing; write consul://host:8500/scope']],
  ['a misspelt consul', 'consull://h/s', ['did you mean consul://?']],
  ['a URL with an unknown field', 'etcd://h/s?name=n&tll=3', ['tll: unknown field; did you mean ttl?']],
  ['a URL with a field twice', 'embedded:?scope=a&scope=b', ['scope: given twice']],
  ['a URL with a ttl that is no number', 'etcd://h/s?name=n&ttl=soon', ['ttl: "soon" is not a number of seconds']],
  ['a URL with a host for a file', 'embedded://data/x.db', ['write embedded:///absolute/path.db']],
  [
    'a URL with a bad escape',
    'etcd://u:50%SECRET@h/s',
    ['password: a % in it is not followed by two hexadecimal digits'],
  ],
  ['a password with a slash', 'etcd://user:SEC/RET@h/s?name=n', ['hosts: a / or ? stands before the @']],
  ['a password with a question mark', 'etcd://user:SEC?RET@h/s', ['hosts: a / or ? stands before the @']],
  ['a password with a hash', 'etcd://user:SEC#RET@h/s', ['#: write it as %23']],
  ['a URL without scope and name', 'etcd://h:2379', ['scope: missing', 'name: missing']],
];

for (const [what, config, lines] of wrong) {
  test(`open: ${what} is a TypeError that says so`, async () => {
    await assert.rejects(open(config as Config), (error: Error) => {
      assert.ok(error instanceof TypeError, error.stack);
      for (const line of lines) assert.ok(error.message.includes(line), `${line}\nis not in\n${error.message}`);
      assert.ok(!/SEC|RET|5318008/.test(error.message), `a password is in: ${error.message}`);
      return true;
    });
  });
}

test('open: URLs say the same as objects, with credentials decoded and IPv6 addresses', async () => {
  assert.deepEqual(
    await loadConfig(
      'etcds://us%40er:p%3Aw%2F%25@[::1]:2379,h2/ns/a/b%20c?ttl=1.5&name=n1&cacert=/ca.pem&discover=true',
    ),
    {
      scope: 'b c',
      namespace: 'ns/a',
      name: 'n1',
      ttl: 1.5,
      etcd: {
        hosts: ['[::1]:2379', 'h2'],
        tls: true,
        discover: true,
        cacert: '/ca.pem',
        username: 'us@er',
        password: 'p:w/%',
      },
    },
  );
  const short = { scope: 's', name: 'n' };
  assert.deepEqual(await loadConfig('embedded:?scope=s&name=n'), { ...short, embedded: {} });
  assert.deepEqual(await loadConfig('embedded:///a%20b/c.db?scope=s&name=n'), {
    ...short,
    embedded: { path: '/a b/c.db' },
  });
  assert.deepEqual(await loadConfig('embedded:c.db?scope=s&name=n'), { ...short, embedded: { path: 'c.db' } });
  assert.deepEqual(await loadConfig('etcd:///s?name=n&srv=example.com'), { ...short, etcd: { srv: 'example.com' } });
});

test('open: URLs of consul and zookeeper', async () => {
  assert.deepEqual(await loadConfig('consuls://t%40k%2F@h1:8501,h2/ns/s?name=n&ttl=30&dc=dc2&session_ttl_min=1'), {
    scope: 's',
    namespace: 'ns',
    name: 'n',
    ttl: 30,
    consul: { scheme: 'https', hosts: ['h1:8501', 'h2'], token: 't@k/', dc: 'dc2', session_ttl_min: 1 },
  });
  assert.deepEqual(await loadConfig('zookeepers://us%3Aer:p%40w@[::1]:2281,h2/s?name=n&tick_time=0.5&cacert=/ca.pem'), {
    scope: 's',
    name: 'n',
    zookeeper: {
      use_ssl: true,
      hosts: ['[::1]:2281', 'h2'],
      auth_data: { digest: 'us:er:p@w' },
      tick_time: 0.5,
      cacert: '/ca.pem',
    },
  });
});

test('open: sections of consul and zookeeper as Patroni writes them, in a file', async (t) => {
  const patroni = 'url: https://h:8501/\n  verify: true\n  consistency: consistent\n  service_check_interval: 5s\n';
  const { consul } = await loadConfig(await write(t, 'c.yaml', `scope: s\nname: n\nconsul:\n  ${patroni}`));
  assert.partialDeepStrictEqual(consul, { url: 'https://h:8501', service_check_interval: 5 });
  assert.deepEqual(consul === undefined ? [] : consulEndpoints(consul), ['https://h:8501']);
  assert.deepEqual(consulEndpoints({ host: '[::1]' }), ['[::1]:8500']);
  assert.deepEqual(consulEndpoints({ host: 'h', port: 1 }), ['h:1']);
  const dcs = await open(
    await write(t, 'z.yaml', 'scope: s\nname: n\nzookeeper:\n  hosts: a,b:1\n  set_acls:\n    CN=a: [ALL]\n'),
  );
  assert.deepEqual([dcs.store.name, dcs.timing.ttl], ['zookeeper', 30_000]);
  await dcs.close();
});

test('open: a consistency of consul that is not used is a warning', async () => {
  const warned = once(process, 'warning');
  const dcs = await open({ scope: 's', name: 'n', consul: { hosts: 'h', consistency: 'stale' } });
  assert.match(String((await warned)[0]), /consul\.consistency: stale is not used; all reads are consistent/);
  await dcs.close();
});

test('open: fields beside a URL win over those in it, and hosts may be one string', async () => {
  const config = await loadConfig({ store: 'etcd://h/s?name=a&ttl=5', scope: 't', name: 'b' });
  assert.deepEqual(config, { scope: 't', name: 'b', ttl: 5, etcd: { hosts: ['h'] } });
  const listed = await loadConfig({ scope: 's', name: 'n', etcd: { hosts: 'a:1, [::1]:2' } });
  assert.deepEqual(listed.etcd, { hosts: ['a:1', '[::1]:2'] });
});

test('open: YAML and JSON files', async (t) => {
  const yaml = await write(t, 'c.yaml', 'scope: s\nname: n\nttl: 3\nembedded: {}\n');
  const json = await write(t, 'c.json', '{"scope":"s","name":"n","ttl":3,"store":"embedded:"}');
  assert.deepEqual(await loadConfig(yaml), await loadConfig(json));
  const broken = await write(t, 'b.yaml', 'scope: s\nname: [n\npassword: SECRET');
  await assert.rejects(open(broken), (error: Error) => {
    assert.match(error.message, /config file .*b\.yaml, line 3, column \d+: /);
    assert.ok(!error.message.includes('SECRET'));
    return true;
  });
  await assert.rejects(open('/no/such.yaml'), /\/no\/such\.yaml: there is no such file/);
  const misspelt = await write(t, 'm.yaml', 'scpoe: s\nname: n\nembedded: {}\n');
  await assert.rejects(
    open(misspelt),
    /m\.yaml: 2 wrong fields\n {2}scope: missing.*\n {2}line 1, column 8: scpoe: unknown field; did you mean scope\?/,
  );
});

test('open: seconds become milliseconds, and closing closes the store', async () => {
  const dcs = await open({
    scope: 's',
    name: 'n',
    ttl: 1.5,
    loop_wait: 0.25,
    retry_timeout: 0.5,
    stop_budget: 0.1,
    embedded: {},
  });
  const { ttl, loopWait, retryTimeout, stopBudget } = dcs.timing;
  assert.deepEqual(
    { ttl, loopWait, retryTimeout, stopBudget },
    { ttl: 1500, loopWait: 250, retryTimeout: 500, stopBudget: 100 },
  );
  assert.equal(await lead(dcs, async (lease) => lease.token), 1);
  await dcs.close();
  await assert.rejects(dcs.store.read('/'), (error) => DcsError.is(error, 'CLOSED'));
});

test('open: a ttl outside what the store grants names the range', async () => {
  for (const [url, wanted] of [
    ['etcd://127.0.0.1:1/s?name=n&ttl=0.5', /^ttl: 0.5 is not from 1 to 86400 seconds, which this store grants$/],
    ['consul://h/s?name=n&ttl=19', /^ttl: 19 is not from 20 to 172800 seconds, /],
    ['consul://h/s?name=n&ttl=1&session_ttl_min=1', /^ttl: 1 is not from 2 to 172800 seconds, /],
    ['zookeeper://h/s?name=n&ttl=9', /^ttl: 9 is not from 10 to 60 seconds, /],
    ['zookeeper://h/s?name=n&ttl=61', /^ttl: 61 is not from 10 to 60 seconds, /],
  ] as const) {
    await assert.rejects(open(url), (error: Error) => error instanceof RangeError && wanted.test(error.message));
  }
});

test('open: a timing that leaves no room is refused in seconds and in the names of the configuration', async () => {
  for (const [query, wanted] of [
    [
      'ttl=3&loop_wait=5',
      /^loop_wait: 5 leaves no room in a ttl of 3 seconds, in which loop_wait \+ 2 × retry_timeout must fit$/,
    ],
    ['ttl=3&retry_timeout=1.5', /^retry_timeout: 1.5 leaves no room in a ttl of 3 seconds, /],
    ['loop_wait=11&retry_timeout=10', /^loop_wait: 11, retry_timeout: 10 leaves no room in a ttl of 30 seconds, /],
    ['ttl=3&stop_budget=3', /^stop_budget: 3 is not less than ttl, 3 seconds$/],
    [
      'ttl=3&loop_wait=1&stop_budget=2',
      /^no room for a renewal: of a ttl of 3 seconds this store guarantees 3; less drift and a stop_budget of 2 that is 0\.994, not more than loop_wait, 1; would fit: loop_wait up to 0\.994, or stop_budget up to 1\.994, or ttl from 3\.007$/,
    ],
    [
      'ttl=3&stop_budget=2.995',
      / that is -0\.001, no time for a loop_wait; would fit: stop_budget up to 2.394, or ttl /,
    ],
  ] as const) {
    await refused(`embedded:?scope=s&name=n&${query}`, wanted);
  }
  const tight = await open('embedded:?scope=s&name=n&ttl=3&loop_wait=1&retry_timeout=1&stop_budget=1.9');
  await tight.close();
});

test('open: what the store guarantees of the ttl decides, before anything is sent', async () => {
  await refused(
    'consul://h/s?name=n&ttl=30&loop_wait=10&stop_budget=6',
    /^no room for a renewal: of a ttl of 30 seconds this store guarantees 15; less drift and a stop_budget of 6 that is 8\.97, not more than loop_wait, 10; would fit: loop_wait up to 8\.97, or stop_budget up to 4\.97, or ttl from 32\.065$/,
  );
  await refused(
    'zookeeper://h/s?name=n&ttl=10&stop_budget=4',
    / guarantees 3\.834; .* no time for a loop_wait; would fit: stop_budget up to 1\.825, or ttl from 15\.69$/,
  );
  for (const [url, loopWait] of [
    ['consul://h/s?name=n&ttl=30&stop_budget=6', 4485],
    ['consul://h/s?name=n&ttl=20', 4990],
    ['zookeeper://h/s?name=n&ttl=10', 1912],
    ['etcd://h/s?name=n&ttl=10', 3333],
  ] as const) {
    const dcs = await open(url);
    assert.equal(dcs.timing.loopWait, loopWait, url);
    await dcs.close();
  }
});

test('open: the limits of zookeeper sessions, in an object, a file and a URL', async (t) => {
  const file = 'scope: s\nname: n\nttl: 120\nzookeeper:\n  hosts: h\n  min_ttl: 8\n  max_ttl: 150\n';
  for (const config of [
    { scope: 's', name: 'n', ttl: 120, zookeeper: { hosts: 'h', min_ttl: 8, max_ttl: 150 } },
    await write(t, 'z.yaml', file),
    'zookeeper://h/s?name=n&ttl=120&min_ttl=8&max_ttl=150',
  ]) {
    const dcs = await open(config);
    const { minTtl, maxTtl } = dcs.store.limits;
    assert.deepEqual([minTtl, maxTtl, dcs.timing.ttl], [8000, 150_000, 120_000]);
    await dcs.close();
  }
});

async function refused(url: string, wanted: RegExp): Promise<void> {
  await assert.rejects(open(url), (error: Error) => {
    assert.match(error.message, wanted);
    return error instanceof RangeError;
  });
}

function base(fields: object): unknown {
  return { scope: 's', name: 'n', embedded: {}, ...fields };
}

function consul(section: object): unknown {
  return { scope: 's', name: 'n', consul: section };
}

function zookeeper(section: object): unknown {
  return { scope: 's', name: 'n', zookeeper: section };
}

function etcd(section: object): unknown {
  return { scope: 's', name: 'n', etcd: section };
}

async function write(t: TestContext, name: string, text: string): Promise<string> {
  const path = join(await folder(t), name);
  await writeFile(path, text);
  return path;
}
