import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { open } from 'tenure';
import { everyServer, storesOf, urlOf } from './served.ts';
import { finished } from './tools.ts';

/** The demo on real servers, all at one time: it mostly waits. */
const servers = await everyServer();

suite('demo', { concurrency: true }, () => {
  for (const store of storesOf(servers)) {
    test(`${store.name}: all steps hold, it says so, and nothing is left behind`, async (t) => {
      const { code, stdout, stderr } = await finished(t, ['demo', '--store', urlOf(store)]);
      t.diagnostic(`\n${stdout.slice(stdout.indexOf('\n\n') + 2)}`);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, new RegExp(`ON ${store.name.toUpperCase()}, TTL 3 S`));
      assert.match(stdout, /\n7 of 7 held\n$/);
      assert.doesNotMatch(stdout, /FAILED|LANDED|OVERLAP/);
      await using dcs = await open(urlOf(store, 'look', { name: 'n' }));
      assert.deepEqual([...(await dcs.store.read('/service/tenure-demo-')).entries.keys()], []);
    });
  }
});
