import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from './exec.ts';

/** Paths of a PEM certificate and of its unencrypted PKCS#8 key. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface LeafOptions {
  /** Common name. etcd takes it for the user name; left out, the certificate has none. */
  readonly commonName?: string;
  /** openssl's notation, for example `DNS:localhost,IP:127.0.0.1`. */
  readonly subjectAltName?: string;
  /** May also authenticate a server; a client always. */
  readonly server?: boolean;
}

/** A throw-away certificate authority and the leaves that a cluster and its clients need. */
export interface Certificates {
  /** Path of the CA's certificate. */
  readonly ca: string;
  readonly server: KeyPair;
  /** CN=root: the user root in etcd, without a password. */
  readonly root: KeyPair;
  /** CN=client. */
  readonly client: KeyPair;
  /** No common name: with auth on, etcd's JSON gateway refuses any other (etcd server/embed/serve.go). */
  readonly anon: KeyPair;
  /** Signs another leaf with the same CA. `name` names the files and must be new. */
  issue(name: string, options?: LeafOptions): Promise<KeyPair>;
}

const loopback = ['DNS:localhost', ...Array.from({ length: 9 }, (_, i) => `IP:127.0.0.${i + 1}`), 'IP:::1'].join();

/** Makes EC P-256 keys and certificates in `folder` with the openssl command. An authority beside another needs its own name. */
export async function makeCertificates(folder: string, authority = 'test CA'): Promise<Certificates> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const openssl = (...args: string[]) => exec('openssl', args, { cwd: folder });
  const newKey = (file: string) =>
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file);
  await newKey('ca.key');
  await openssl(
    ...['req', '-x509', '-new', '-key', 'ca.key', '-subj', `/CN=${authority}`, '-days', '3650', '-out', 'ca.crt'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  );
  const issue = async (name: string, { commonName, subjectAltName, server }: LeafOptions = {}): Promise<KeyPair> => {
    const pair = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
    const extensions = [
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature',
      `extendedKeyUsage=${server === true ? 'serverAuth,' : ''}clientAuth`,
      `subjectAltName=${subjectAltName ?? `DNS:${name}`}`,
    ];
    writeFileSync(join(folder, `${name}.ext`), `${extensions.join('\n')}\n`);
    await newKey(pair.key);
    const subject = commonName === undefined ? '/O=test' : `/CN=${commonName}`;
    await openssl('req', '-new', '-key', pair.key, '-subj', subject, '-out', `${name}.csr`);
    await openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', '3650', '-extfile', `${name}.ext`, '-out', pair.cert],
    );
    return pair;
  };
  return {
    ca: join(folder, 'ca.crt'),
    server: await issue('server', { commonName: 'server', subjectAltName: loopback, server: true }),
    root: await issue('root', { commonName: 'root' }),
    client: await issue('client', { commonName: 'client' }),
    anon: await issue('anon'),
    issue,
  };
}
