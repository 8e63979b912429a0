import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { DcsError } from '@tenure/core';
import { etcd } from '@tenure/etcd';
import { startEtcd } from '../servers/index.ts';
import { Contender, handOver } from './outage-contender.ts';
import { ms, newScope, now, Operations, Route, until } from './outage-parts.ts';

/** On a machine that others load, too, no renewal of a holder that may is late by two loops. */
const timing = { ttl: 6000, loopWait: 1000, retryTimeout: 2000 } as const;

const cluster = await startEtcd({ version: '3.5', nodes: 3, fast: true, auth: true, args: ['--bcrypt-cost', '4'] });
after(async () => await cluster.stop());
await cluster.ctl(['role', 'add', 'daemon']);
await cluster.ctl(['role', 'grant-permission', 'daemon', 'readwrite', '--prefix=true', '/service/']);

async function addUser(name: string): Promise<void> {
  await cluster.ctl(['user', 'add', `${name}:secret`]);
  await cluster.ctl(['user', 'grant-role', name, 'daemon']);
}

/** What an administrator does to the user of a holder, how it is undone, and what the holder is told. */
const faults = {
  'its password is changed': {
    take: (name: string) => cluster.ctl(['user', 'passwd', name, '--interactive=false'], 'another\n'),
    giveBack: (name: string) => cluster.ctl(['user', 'passwd', name, '--interactive=false'], 'secret\n'),
    told: /authentication failed/,
  },
  'its role is revoked': {
    take: (name: string) => cluster.ctl(['user', 'revoke-role', name, 'daemon']),
    giveBack: (name: string) => cluster.ctl(['user', 'grant-role', name, 'daemon']),
    told: /permission denied/,
  },
  'it is deleted': {
    take: (name: string) => cluster.ctl(['user', 'delete', name]),
    giveBack: addUser,
    told: /authentication failed/,
  },
};

suite('etcd 3.5, three members, the user of a holder', { concurrency: true }, () => {
  for (const [index, [what, { take, giveBack, told }]] of Object.entries(faults).entries()) {
    test(`${what}: it stops in time, nobody hurries, and it may lead again when that is undone`, {
      timeout: 120_000,
    }, async (t) => {
      const username = `daemon-${index}`;
      await addUser(username);
      const login = { username, password: 'secret' };
      const asHolder = { connect: (endpoints: readonly string[]) => etcd({ endpoints, ...login }) };
      await using route = await Route.open(asHolder, cluster.endpoints);
      await using others = etcd({ endpoints: cluster.endpoints, username: 'root', password: 'root' });
      using operations = new Operations();
      const scope = newScope();
      await using holder = new Contender(route.store, scope, 'a', timing);
      await until('the election', () => holder.leads);
      await using rival = new Contender(others, scope, 'b', timing);
      await until('renewals', () => holder.answers.length > 2 && rival.knows(holder.term?.token ?? 0));

      const before = now();
      await take(username);
      const taken = now();
      const elected = await until('the takeover', () => rival.term?.from);
      const stopped = holder.term?.lastAct ?? Infinity;
      assert.ok(
        holder.term?.lostAt !== undefined && stopped - taken < timing.ttl,
        `stopped ${ms(stopped - taken)} after`,
      );
      // Nobody but an operator can give it back: `lead` says so.
      const reason = await until('lead rejects', () => holder.error);
      assert.ok(DcsError.is(reason, 'DENIED'), String(reason));
      assert.match(reason.message, told);
      assert.ok(!String(reason.stack).includes(login.password), 'no secret is shown');
      holder.error = undefined;
      const refused = operations
        .between(before, now())
        .filter((event) => event.scope === scope && event.outcome === 'DENIED');
      // Renewals come each quarter of a loop at the soonest; one attempt at the office ends it.
      const most = 4 * Math.ceil((elected - before) / timing.loopWait) + 4;
      assert.ok(refused.length >= 1 && refused.length <= most, `${refused.length} refusals, at most ${most}`);

      await giveBack(username);
      await using again = new Contender(route.store, scope, 'c', timing);
      const window = await handOver(holder, rival, again);
      t.diagnostic(
        `two-leader window ${ms(window)}; holder stopped ${ms(stopped - taken)}, rival elected ${ms(elected - taken)} after it (ttl ${timing.ttl}); ` +
          `${refused.length} refused operations`,
      );
    });
  }
});
