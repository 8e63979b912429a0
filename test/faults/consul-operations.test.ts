import { suite } from 'node:test';
import { consulAcl } from './consul-acl.ts';
import { consulDisk } from './consul-disk.ts';
import { tokenRevoked } from './consul-revoked.ts';
import { consulTls } from './consul-tls.ts';

/** What operators do to a Consul under holders. Most of it is waiting for sessions: at the same time, each on servers of its own. */
suite('consul 1.8, operations', { concurrency: 4 }, () => {
  consulAcl();
  tokenRevoked();
  consulTls();
  consulDisk();
});
