import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { open } from 'tenure';
import { everyServer, type ServedStore, storesOf, urlOf } from './served.ts';
import { finished } from './tools.ts';

/** The demo on real servers, all at one time: it mostly waits. */
const servers = await everyServer();
/** The least ttl, which is what the demo takes where 3 s are too little: with room for a machine that plays three of them. */
const least: Readonly<Record<string, { readonly options: ServedStore['options']; readonly ttl: number }>> = {
  etcd: { options: {}, ttl: 3 },
  consul: { options: { session_ttl_min: '3' }, ttl: 6 },
  zookeeper: { options: { tick_time: '1' }, ttl: 5 },
};

suite('demo', { concurrency: true }, () => {
  for (const { name, server } of storesOf(servers)) {
    const { options, ttl } = least[name] as (typeof least)[string];
    const store = { name, server, options };
    test(`${name}: all steps hold, it says so, and nothing is left behind`, async (t) => {
      const { code, stdout, stderr } = await finished(t, ['demo', '--store', urlOf(store)]);
      t.diagnostic(`\n${stdout.slice(stdout.indexOf('\n\n') + 2)}`);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, new RegExp(`ON ${name.toUpperCase()}, TTL ${ttl} S`));
      assert.match(stdout, /\n7 of 7 held\n$/);
      assert.doesNotMatch(stdout, /FAILED|LANDED|OVERLAP/);
      await using dcs = await open(urlOf(store, 'look', { name: 'n' }));
      assert.deepEqual([...(await dcs.store.read('/service/tenure-demo-')).entries.keys()], []);
    });
  }
});
