import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cluster } from './cluster.ts';

/** Each with what else makes it end by itself, and what of the cluster `s` it tells. */
const COMMANDS = [
  [['status', 's', '--json'], /"name":"n1"/],
  [['list', 's'], /\| n1 /],
  [['topology', 's'], /\| n1 /],
  [['history', 's'], /\| +7 \|/],
  [['show-config', 's'], /^ttl: 30$/m],
  [['edit-config', 's', '--set', 'ttl=20', '--dry-run'], /^-.*ttl: 30$/m],
  [['pause', 's', '--dry-run'], /pause: true/],
  [['switchover', 's', '--dry-run'], /candidates: n2/],
  [['failover', 's', '--candidate', 'n2', '--dry-run'], /candidates: n2/],
  [['flush', 's', 'switchover', '--dry-run'], /pending: switchover from n1/],
  [['flush', 'switchover', 's', '--dry-run'], /pending: switchover from n1/],
  [['remove', 's', '--dry-run'], /keys under \/service\/s\//],
  [['dsn', 's'], /host=10\.0\.0\.1/],
  [['version', 's'], /^n1 +leader$/m],
  [['export', 's'], /"scope": "s"/],
] as const;

test('a cluster may be named where patronictl has it', async (t) => {
  const at = await cluster(t);
  const [n1, n2] = [await at.member('n1'), await at.member('n2')];
  for (const member of [n1, n2]) await member.announce({ state: 'running', conn_url: 'postgres://10.0.0.1/db' });
  await n1.campaign();
  await n1.config.write({ ttl: 30 });
  await n1.failover.write({ leader: 'n1' });
  await at.put('history', '[[7,25,"no recovery target specified"]]');
  for (const [words, wanted] of COMMANDS) {
    const { code, stdout, stderr } = await at.runWith([...words, '--store', at.url]);
    assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
    assert.match(stdout, wanted);
  }
  const doctor = await at.runWith(['doctor', 's', '--store', at.url, '--json']);
  assert.match(doctor.stdout, /"scope":"s"/);
});

test('a cluster that is named twice, or two of them, are a usage error', async (t) => {
  const at = await cluster(t);
  for (const [words, wanted] of [
    [['list', 't'], 'tenure: the cluster is named twice, as t and with --scope s: give only one of them'],
    [['list', 's', 't'], "error: too many arguments for 'list'. Expected 1 argument but got 2: s, t."],
    [
      ['flush', 't', 'switchover'],
      'tenure: the cluster is named twice, as t and with --scope s: give only one of them',
    ],
    [['flush', 's', 'restart'], 'tenure: s restart: it must be switchover, or a cluster and switchover'],
    [['flush', 'switchover', 's', 't'], 'tenure: switchover s t: it must be switchover, or a cluster and switchover'],
    [['flush', 's', 't', 'switchover'], 'tenure: s t switchover: it must be switchover, or a cluster and switchover'],
  ] as const) {
    const [command, ...rest] = words;
    const { code, stderr } = await at.run(command, rest);
    assert.deepEqual([code, stderr], [2, `${wanted}\n`]);
  }
});
