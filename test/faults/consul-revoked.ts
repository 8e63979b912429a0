import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { consul } from '@tenure/consul';
import { DcsError } from '@tenure/core';
import { SESSION_TTL_MIN } from '../clients/connect.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { steady } from './consul.ts';
import { documentedRules, GuardedConsul } from './consul-guarded.ts';
import { Contender, handOver, succession } from './outage-contender.ts';
import { ms, newScope, now, Operations, Route, until } from './outage-parts.ts';

/** The half that is guaranteed. */
const stopped = steady.ttl / 2;

export function tokenRevoked(): void {
  test('a token revoked on three servers under a holder: it stops in time, nobody hurries, and a new one in the file is taken up', {
    timeout: 120_000,
  }, async (t) => {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await GuardedConsul.start(3));
    const folder = stack.adopt(await temporaryFolder('tenure-acl-'), (it) => it.remove());
    const [scope, other] = [newScope(), newScope()];
    const rules = [scope, other].map((each) => documentedRules(each).scope.split('\n')[0]).join('\n');
    const whole = `${rules}\nsession_prefix "" { policy = "write" }`;
    const [first, rivals] = [await server.newToken(whole), await server.newToken(whole)];
    const tokenFile = join(folder.path, 'token');
    writeFileSync(tokenFile, first.SecretID);
    using operations = new Operations();
    const asHolder = {
      connect: (endpoints: readonly string[]) => consul({ endpoints, tokenFile, sessionTtlMin: SESSION_TTL_MIN }),
    };
    await using route = await Route.open(asHolder, server.endpoints);
    await using rivalStore = server.connect(rivals.SecretID);
    await using holder = new Contender(route.store, scope, 'a', steady);
    // Of another office, with room until long after the token is given back.
    await using survivor = new Contender(route.store, other, 'a', {
      ttl: 120_000,
      loopWait: 600,
      retryTimeout: 10_000,
    });
    await until('the elections', () => holder.leads && survivor.leads);
    await using rival = new Contender(rivalStore, scope, 'b', steady);
    await using watcher = route.dcs({ scope, name: 'w', timing: steady });
    const views: { readonly stale: boolean; readonly token: number | undefined; readonly unlocked: boolean }[] = [];
    const watching = (async () => {
      for await (const { stale, leader, isUnlocked } of watcher.watch())
        views.push({ stale, token: leader?.token, unlocked: isUnlocked });
    })().catch((error: unknown) => error);
    await until(
      'renewals',
      () => holder.answers.length > 3 && rival.knows(holder.term?.token ?? 0) && views.length > 0,
    );

    const accepted = () => route.proxies.reduce((sum, proxy) => sum + proxy.accepted, 0);
    const from = accepted();
    await server.revoke(first);
    const revoked = now();
    const elected = await until('the takeover', () => rival.term?.from);
    const lasted = now() - revoked;
    // What it still tries: a renewal each quarter of its loop at the soonest, the survivor alike, and the watches a query after a pause of 0.1 to 1 s.
    const asked = accepted() - from;
    const most = 20 + 20 * (lasted / 1000);
    assert.ok(asked <= most, `${asked} connections in ${ms(lasted)}, at most ${ms(most)}`);
    const stop = (holder.term?.lastAct ?? Infinity) - revoked;
    assert.ok(holder.term?.lostAt !== undefined && stop < stopped, `stopped ${ms(stop)} after`);
    const refused = operations.seen.filter(
      ({ at, ...event }) => at > revoked && event.scope === scope && event.outcome === 'DENIED',
    );
    assert.ok(
      refused.some(({ operation }) => operation === 'renew'),
      'the renewals were DENIED',
    );
    // Nobody is in a position to grant it again but an operator: `lead` says so.
    const reason = await until('lead rejects', () => holder.error);
    assert.ok(DcsError.is(reason, 'DENIED'), String(reason));
    assert.match(reason.message, /status 403: (rpc error making call: )?ACL not found/);
    holder.error = undefined;
    await until('the watch says that it knows nothing', () => views.at(-1)?.stale);

    const next = await server.newToken(whole);
    writeFileSync(`${tokenFile}.new`, next.SecretID);
    renameSync(`${tokenFile}.new`, tokenFile);
    const given = now();
    await until(
      'the watch shows the rival',
      () => views.at(-1)?.token === rival.term?.token && views.at(-1)?.stale === false,
    );
    const recovered = now() - given;
    await until('the other holder renews', () => survivor.renewalsAfter(given) > 1);
    assert.ok(views.every(({ unlocked, stale }) => stale || !unlocked || elected > 0));
    await using again = new Contender(route.store, scope, 'c', steady);
    const window = await handOver(holder, rival, again);
    assert.deepEqual([succession(survivor).terms.length, survivor.term?.lostAt], [1, undefined]);
    await watcher.close();
    await watching;
    t.diagnostic(
      `two-leader window ${ms(window)}; holder stopped ${ms(stop)}, rival elected ${ms(elected - revoked)} after the revocation (ttl ${steady.ttl}); ` +
        `${asked} connections in ${ms(lasted)}; the watch knew ${ms(recovered)} after the new token; longest gap of the other holder ${ms(survivor.longestGap)}`,
    );
  });
}
