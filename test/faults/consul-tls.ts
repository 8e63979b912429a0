import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { consul } from '@tenure/consul';
import { DcsError } from '@tenure/core';
import { SESSION_TTL_MIN } from '../clients/connect.ts';
import { type Certificates, type KeyPair, makeCertificates } from '../servers/certs.ts';
import { type TemporaryFolder, temporaryFolder } from '../servers/folder.ts';
import { type ConsulCluster, startConsul } from '../servers/index.ts';
import { steady } from './consul.ts';
import { Contender, succession } from './outage-contender.ts';
import { ms, newScope, now, Route, until } from './outage-parts.ts';

const SERVER = {
  commonName: 'server.dc1.consul',
  subjectAltName: 'DNS:server.dc1.consul,DNS:localhost,IP:127.0.0.1,IP:127.0.0.2',
  server: true,
};

/** In one step, as rotations should be. */
function replace(file: string, content: Buffer): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function consulTls(): void {
  // The half that is guaranteed.
  const stopped = steady.ttl / 2;

  suite('TLS', { concurrency: 1 }, () => {
    let cluster: ConsulCluster;
    let folder: TemporaryFolder;
    let next: Certificates;
    before(async () => {
      [cluster, folder] = await Promise.all([
        startConsul({ nodes: 3, fast: true, tls: true }),
        temporaryFolder('tenure-tls-'),
      ]);
      next = await makeCertificates(join(folder.path, 'next'));
    });
    after(async () => {
      await cluster?.stop();
      await folder?.remove();
    });

    /** The files that every server was started with; each reads them when it is told to. */
    const ofServer = () => {
      const at = dirname((cluster.certs as Certificates).ca);
      return { ca: (cluster.certs as Certificates).ca, cert: join(at, 'consul.crt'), key: join(at, 'consul.key') };
    };
    /** One server after the other reads its certificates again, on SIGHUP; resolves when `reloaded` says so of the last. */
    const roll = async (
      what: string,
      reloaded: (endpoint: string) => Promise<unknown>,
      between: () => Promise<void>,
    ) => {
      for (const { name, pid, endpoint } of cluster.nodes) {
        process.kill(pid as number, 'SIGHUP');
        await until(`${name} ${what}`, async () => Boolean(await reloaded(endpoint)));
        await between();
      }
    };

    /** The certificate that this server shows to one who shows `pair`; `undefined` when it refuses that. */
    async function shown(pair: KeyPair, endpoint: string): Promise<Buffer | undefined> {
      const [host = '', port] = endpoint.split(':');
      const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
      const socket = tlsConnect({
        ...{ host, port: Number(port), rejectUnauthorized: false },
        cert: readFileSync(pair.cert),
        key: readFileSync(pair.key),
      });
      // A server of TLS 1.3 refuses a client's certificate after the handshake.
      socket.once('secureConnect', () => socket.write('GET /v1/status/leader HTTP/1.0\r\n\r\n'));
      socket.once('data', () => resolve(socket.getPeerCertificate().raw));
      socket.on('error', () => resolve(undefined));
      socket.on('close', () => resolve(undefined));
      const found = await promise;
      socket.destroy();
      return found;
    }

    test('every certificate and the authority itself are replaced, one server of three after the other, under a holder, which keeps its lease', {
      timeout: 120_000,
    }, async (t) => {
      const old = cluster.certs as Certificates;
      const server = ofServer();
      const at = (file: string) => join(folder.path, file);
      const tls = { ca: at('ca.crt'), cert: at('client.crt'), key: at('client.key') };
      copyFileSync(old.ca, tls.ca);
      copyFileSync(old.client.cert, tls.cert);
      copyFileSync(old.client.key, tls.key);
      await using route = await Route.open(
        { connect: (endpoints) => consul({ endpoints, tls, sessionTtlMin: SESSION_TTL_MIN }) },
        cluster.endpoints,
      );
      const scope = newScope();
      // Room for a server that is late to reload on a busy machine.
      await using holder = new Contender(route.store, scope, 'a', { ttl: 20_000, loopWait: 500, retryTimeout: 3000 });
      await until('the election', () => holder.leads);
      const renewedAnew = async (what: string) => {
        // What is connected stays so, whatever is replaced: the certificates count for new connections.
        for (const proxy of route.proxies) proxy.reset();
        const since = now();
        await until(`renewals ${what}`, () => holder.renewalsAfter(since) > 1);
      };
      const began = now();
      const other = await old.issue('client-2', { commonName: 'client-2' });
      replace(tls.key, readFileSync(other.key));
      await renewedAnew('with half of a new pair in place, so on the old one');
      replace(tls.cert, readFileSync(other.cert));
      await renewedAnew('with the new pair');

      const [oldCa, newCa] = [readFileSync(old.ca), readFileSync(next.ca)];
      const both = Buffer.concat([oldCa, newCa]);
      replace(server.ca, both);
      replace(tls.ca, both);
      const renewed = () => renewedAnew('meanwhile');
      await roll('trusts the new authority', (endpoint) => shown(next.client, endpoint), renewed);
      const forServer = await next.issue('consul', SERVER);
      const before = await shown(other, cluster.endpoints[0] ?? '');
      replace(server.key, readFileSync(forServer.key));
      replace(server.cert, readFileSync(forServer.cert));
      const isNew = async (endpoint: string) => {
        const now = await shown(other, endpoint);
        return now !== undefined && before?.equals(now) === false;
      };
      await roll('shows its new certificate', isNew, renewed);
      replace(tls.key, readFileSync(next.client.key));
      replace(tls.cert, readFileSync(next.client.cert));
      await renewedAnew('with a pair of the new authority');
      replace(server.ca, newCa);
      replace(tls.ca, newCa);
      const isStrict = async (endpoint: string) => (await shown(other, endpoint)) === undefined;
      await roll('trusts the old authority no more', isStrict, renewed);
      const took = now() - began;
      const { terms } = succession(holder);
      assert.deepEqual([terms.length, holder.term?.lostAt], [1, undefined]);

      // Who missed the rotation is told what is wrong.
      const strange = {
        'an old bundle': { ca: oldCa, cert: readFileSync(next.client.cert), key: readFileSync(next.client.key) },
        'an old pair': { ca: newCa, cert: readFileSync(other.cert), key: readFileSync(other.key) },
      };
      for (const [what, material] of Object.entries(strange)) {
        await using late = consul({ endpoints: cluster.endpoints, tls: material });
        // The last of its attempts may be cut short by the deadline, and then tells that instead.
        await until(`the reason for ${what}`, async () => {
          const error = await late.read('/service/', { timeout: 1000 }).catch((reason: unknown) => reason);
          assert.ok(DcsError.is(error, 'UNAVAILABLE'), String(error));
          return /certificate|ended|ECONNRESET/.test(error.message);
        });
      }

      // An operator who forgets the client's bundle.
      await using rival = new Contender(route.store, scope, 'b', steady);
      await until('it knows', () => rival.knows(holder.term?.token ?? 0));
      await holder.leave();
      await until('the rival leads', () => rival.term && rival.term.acts > 0);
      replace(tls.ca, oldCa);
      const wrong = now();
      // Until it has looked at its files.
      await until('the rival stops', () => {
        for (const proxy of route.proxies) proxy.reset();
        return rival.term?.lostAt;
      });
      const last = Math.max(...rival.answers.map((answer) => answer.at));
      const stop = (rival.term?.lastAct ?? Infinity) - last;
      assert.ok(stop < stopped, `stopped ${ms(stop)} after its last renewal`);
      assert.equal(rival.error, undefined, 'it goes on trying');
      replace(tls.ca, newCa);
      const right = now();
      await until('it leads again, on its own', () => rival.terms[1] && rival.terms[1].acts > 0);
      const { terms: all, window } = succession(holder, rival);
      assert.match(all.map(({ name }) => name).join(''), /^abb+$/);
      t.diagnostic(
        `rotated in ${ms(took)}, longest gap ${ms(holder.longestGap)}; with the wrong authority stopped after ${ms((rival.terms[0]?.lostAt ?? NaN) - wrong)}, ` +
          `led again ${ms((rival.term?.from ?? NaN) - right)} after it was put right; two-leader window ${ms(window)}`,
      );
    });
  });
}
