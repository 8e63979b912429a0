import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { inspect } from 'node:util';
import { consulService } from '@tenure/consul';
import { Dcs, DcsError, type Store } from '@tenure/core';
import { consulBackend, steady } from './consul.ts';
import { documentedRules, GuardedConsul, type Token } from './consul-guarded.ts';
import { everyOperation } from './outage-dead-node.ts';
import { ms, newScope, now, Operations, until } from './outage-parts.ts';

export function consulAcl(): void {
  const { roomy } = consulBackend;

  suite('ACL', { concurrency: 1 }, () => {
    let server: GuardedConsul;
    before(async () => {
      server = await GuardedConsul.start();
    });
    after(async () => await server?.[Symbol.asyncDispose]());

    const open = (store: Store, scope: string) => new Dcs({ store, scope, name: 'a', timing: roomy });

    test('the rules that the page names suffice for everything', async () => {
      const scope = newScope();
      const { SecretID } = await server.newToken(documentedRules(scope).scope);
      await using store = server.connect(SecretID);
      await using dcs = open(store, scope);
      await everyOperation(dcs);
    });

    test('the rule that the page names for the service suffices for it, and is needed', async () => {
      const scope = newScope();
      const rules = documentedRules(scope);
      const [with_, without] = [
        await server.newToken(`${rules.scope}\n${rules.service}`),
        await server.newToken(rules.scope),
      ];
      const member = {
        state: 'running',
        role: 'primary',
        conn_url: 'postgres://127.0.0.1:5432/',
        api_url: 'http://127.0.0.1:1/',
      };
      const serviceOf = ({ SecretID }: Token) =>
        consulService({ endpoints: server.endpoints, token: SecretID }, { scope, name: 'a', ttl: 20_000 });
      await using allowed = serviceOf(with_);
      await allowed.update(member);
      const catalog = (await server.cluster.api('GET', '/agent/services')) as Record<string, unknown>;
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
        const { SecretID } = await server.newToken(rules === '' ? 'operator = "read"' : rules);
        await using store = server.connect(SecretID);
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
      const id = await server.policy(name, rules);
      const { SecretID } = await server.tokenFor(id);
      await using store = server.connect(SecretID);
      await using admin = server.connect(server.cluster.token as string);
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
      await server.policy(name, 'operator = "read"', id);
      await until('the watch says that it knows nothing', () => seen.at(-1)?.stale);
      await writer.config.write({ n: 2 });
      await server.policy(name, rules, id);
      await until('the watch knows again', () => seen.at(-1)?.n === 2 && seen.at(-1)?.stale === false);
      stop.abort(new Error('enough'));
      assert.match(String(await watching), /enough/);
      assert.ok(
        seen.every(({ n }) => n === 1 || n === 2),
        JSON.stringify(seen),
      );
      t.diagnostic(`${seen.length} states`);
    });
  });
}
