import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { inspect } from 'node:util';
import { consul, consulService } from '@tenure/consul';
import { Dcs, DcsError, type Store } from '@tenure/core';
import { type TemporaryFolder, temporaryFolder } from '../servers/folder.ts';
import { type ConsulCluster, startConsul } from '../servers/index.ts';
import { consulBackend, SESSION_TTL_MIN, steady } from './consul.ts';
import { Contender, succession } from './outage-contender.ts';
import { everyOperation } from './outage-dead-node.ts';
import { ms, newScope, now, Operations, Route, until } from './outage-parts.ts';

interface Token {
  readonly AccessorID: string;
  readonly SecretID: string;
}

/** The rules of docs/adapters/consul.md, for another scope than `batman`. */
function documentedRules(scope: string): { readonly scope: string; readonly service: string } {
  const page = readFileSync(new URL('../../docs/adapters/consul.md', import.meta.url), 'utf8');
  const block = /\*\*ACL\.\*\*[\s\S]*?```hcl\n([\s\S]*?)```/.exec(page)?.[1];
  const service = /`(service "batman" \{[^`]*\})`/.exec(page)?.[1];
  assert.ok(block !== undefined && service !== undefined, 'the page has the rules');
  const [forScope, forService] = [block, service].map((rules) => rules.replaceAll('batman', scope));
  return { scope: forScope as string, service: forService as string };
}

export function consulAcl(): void {
  const { roomy } = consulBackend;
  // The half that is guaranteed.
  const stopped = steady.ttl / 2;

  suite('ACL', { concurrency: 1 }, () => {
    let cluster: ConsulCluster;
    let folder: TemporaryFolder;
    before(async () => {
      [cluster, folder] = await Promise.all([startConsul({ fast: true, acl: true }), temporaryFolder('tenure-acl-')]);
    });
    after(async () => {
      await cluster?.stop();
      await folder?.remove();
    });

    async function policy(name: string, rules: string, id?: string): Promise<string> {
      const path = id === undefined ? '/acl/policy' : `/acl/policy/${id}`;
      return ((await cluster.api('PUT', path, JSON.stringify({ Name: name, Rules: rules }))) as { ID: string }).ID;
    }
    async function tokenFor(policyId: string): Promise<Token> {
      return (await cluster.api('PUT', '/acl/token', JSON.stringify({ Policies: [{ ID: policyId }] }))) as Token;
    }
    async function newToken(rules: string): Promise<Token> {
      return await tokenFor(await policy(newScope(), rules));
    }
    const connect = (token: string) => consul({ endpoints: cluster.endpoints, token, sessionTtlMin: SESSION_TTL_MIN });
    const open = (store: Store, scope: string) => new Dcs({ store, scope, name: 'a', timing: roomy });

    test('the rules that the page names suffice for everything', async () => {
      const scope = newScope();
      const { SecretID } = await newToken(documentedRules(scope).scope);
      await using store = connect(SecretID);
      await using dcs = open(store, scope);
      await everyOperation(dcs);
    });

    test('the rule that the page names for the service suffices for it, and is needed', async () => {
      const scope = newScope();
      const rules = documentedRules(scope);
      const [with_, without] = [await newToken(`${rules.scope}\n${rules.service}`), await newToken(rules.scope)];
      const member = {
        state: 'running',
        role: 'primary',
        conn_url: 'postgres://127.0.0.1:5432/',
        api_url: 'http://127.0.0.1:1/',
      };
      const serviceOf = ({ SecretID }: Token) =>
        consulService({ endpoints: cluster.endpoints, token: SecretID }, { scope, name: 'a', ttl: 20_000 });
      await using allowed = serviceOf(with_);
      await allowed.update(member);
      const catalog = (await cluster.api('GET', '/agent/services')) as Record<string, unknown>;
      assert.ok(Object.hasOwn(catalog, `${scope}/a`));
      await using refused = serviceOf(without);
      await assert.rejects(refused.update(member), { code: 'DENIED', message: /Permission denied/ });
      await assert.rejects(refused.update({ ...member, state: 'stopped' }), { code: 'DENIED' });
      await allowed.update({ ...member, state: 'stopped' });
    });

    test('without a part of them: what needs it is DENIED in words, once, and the rest works', async () => {
      const scope = newScope();
      using operations = new Operations();
      const key = `key_prefix "service/${scope}/"`;
      const read = `${key} { policy = "read" }`;
      const write = `${key} { policy = "write" }`;
      const session = (node: string) => `session_prefix "${node}" { policy = "write" }`;
      type Work = (dcs: Dcs) => Promise<unknown>;
      const work: Record<string, Work> = {
        view: (dcs) => dcs.view(),
        config: (dcs) => dcs.config.write({ ttl: 30 }),
        keepAlive: (dcs) => dcs.keepAlive(),
        announce: (dcs) => dcs.announce({ state: 'running' }),
        acquire: async (dcs) => await (await dcs.acquire())?.release(),
        watch: async (dcs) => {
          for await (const _ of dcs.watch()) break;
        },
      };
      const everything = Object.keys(work);
      const table: readonly (readonly [string, readonly string[]])[] = [
        // The node of the agent will do for the sessions.
        [`${write} ${session('n1')}`, everything],
        [write, ['view', 'watch', 'config']],
        [`${write} ${session('elsewhere')}`, ['view', 'watch', 'config']],
        [`${read} ${session('')}`, ['view', 'watch', 'keepAlive']],
        [read, ['view', 'watch']],
        [`key_prefix "service/other/" { policy = "write" } ${session('')}`, ['keepAlive']],
        ['', []],
      ];
      for (const [rules, allowed] of table) {
        const { SecretID } = await newToken(rules === '' ? 'operator = "read"' : rules);
        await using store = connect(SecretID);
        for (const [name, run] of Object.entries(work)) {
          await using dcs = open(store, scope);
          const began = now();
          const before = operations.seen.length;
          const error = await run(dcs).then(
            () => undefined,
            (reason: unknown) => reason,
          );
          const what = `${name} under ${rules}`;
          if (allowed.includes(name)) {
            assert.equal(error, undefined, what);
            continue;
          }
          assert.ok(DcsError.is(error, 'DENIED'), `${what}: ${String(error)}`);
          assert.match(error.message, /^consul: .* at http.*status 403: Permission denied|Permission denied$/, what);
          assert.equal(error.maybeApplied, false, what);
          assert.ok(!inspect(error, { depth: 10, showHidden: true }).includes(SecretID), 'no secret is shown');
          assert.ok(now() - began < roomy.retryTimeout / 2, `${what} came after ${ms(now() - began)}`);
          const refusals = operations.seen
            .slice(before)
            .filter((event) => event.scope === scope && event.outcome === 'DENIED');
          assert.ok(refusals.length <= 1, `${what}: asked ${refusals.length} times`);
        }
      }
    });

    test('a policy that is taken from a token under a watch: it goes stale, and shows no empty cluster', async (t) => {
      const scope = newScope();
      const rules = documentedRules(scope).scope;
      const name = newScope();
      const id = await policy(name, rules);
      const { SecretID } = await tokenFor(id);
      await using store = connect(SecretID);
      await using admin = connect(cluster.token as string);
      await using writer = open(admin, scope);
      await using reader = new Dcs({ store, scope, name: 'r', timing: steady });
      await writer.config.write({ n: 1 });
      const stop = new AbortController();
      const seen: { readonly n: unknown; readonly stale: boolean }[] = [];
      const watching = (async () => {
        for await (const { config, stale } of reader.watch({ signal: stop.signal })) {
          seen.push({ n: config.value?.n, stale });
        }
      })().catch((error: unknown) => error);
      await until('the state', () => seen.length > 0);
      await policy(name, 'operator = "read"', id);
      await until('the watch says that it knows nothing', () => seen.at(-1)?.stale);
      await writer.config.write({ n: 2 });
      await policy(name, rules, id);
      await until('the watch knows again', () => seen.at(-1)?.n === 2 && seen.at(-1)?.stale === false);
      stop.abort(new Error('enough'));
      assert.match(String(await watching), /enough/);
      assert.ok(
        seen.every(({ n }) => n === 1 || n === 2),
        JSON.stringify(seen),
      );
      t.diagnostic(`${seen.length} states`);
    });

    test('a token revoked under a holder: it stops in time, nobody hurries, and a new one in the file is taken up', {
      timeout: 120_000,
    }, async (t) => {
      const [scope, other] = [newScope(), newScope()];
      const rules = [scope, other].map((each) => documentedRules(each).scope.split('\n')[0]).join('\n');
      const whole = `${rules}\nsession_prefix "" { policy = "write" }`;
      const [first, rivals] = [await newToken(whole), await newToken(whole)];
      const tokenFile = join(folder.path, 'token');
      writeFileSync(tokenFile, first.SecretID);
      using operations = new Operations();
      const asHolder = {
        connect: (endpoints: readonly string[]) => consul({ endpoints, tokenFile, sessionTtlMin: SESSION_TTL_MIN }),
      };
      await using route = await Route.open(asHolder, cluster.endpoints);
      await using rivalStore = connect(rivals.SecretID);
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

      const from = route.at(0).accepted;
      await cluster.api('DELETE', `/acl/token/${first.AccessorID}`);
      const revoked = now();
      const elected = await until('the takeover', () => rival.term?.from);
      const lasted = now() - revoked;
      // What it still tries: a renewal each quarter of its loop at the soonest, the survivor alike, and the watches a query after a pause of 0.1 to 1 s.
      const asked = route.at(0).accepted - from;
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
      assert.match(reason.message, /status 403: ACL not found/);
      holder.error = undefined;
      await until('the watch says that it knows nothing', () => views.at(-1)?.stale);

      const next = await newToken(whole);
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
      await until('it knows', () => again.knows(rival.term?.token ?? 0));
      await rival.leave();
      await until('it leads', () => again.term && again.term.acts > 0);
      const { terms, window } = succession(holder, rival, again);
      assert.deepEqual(
        terms.map(({ name }) => name),
        ['a', 'b', 'c'],
      );
      assert.ok(window <= 0, `two leaders for ${ms(window)}`);
      assert.deepEqual([succession(survivor).terms.length, survivor.term?.lostAt], [1, undefined]);
      await watcher.close();
      await watching;
      t.diagnostic(
        `two-leader window ${ms(window)}; holder stopped ${ms(stop)}, rival elected ${ms(elected - revoked)} after the revocation (ttl ${steady.ttl}); ` +
          `${asked} connections in ${ms(lasted)}; the watch knew ${ms(recovered)} after the new token; longest gap of the other holder ${ms(survivor.longestGap)}`,
      );
    });
  });
}
