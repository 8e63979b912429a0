import { readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { Clock } from './clock.ts';
import { Rotated } from './rotated.ts';

/** PEM files by path, or their content. */
export interface TlsOptions {
  /** Default: the authorities that Node trusts. */
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Of the key, when it is encrypted. */
  readonly passphrase?: string;
}

/** Certificates and key in PEM. */
export interface TlsMaterial {
  readonly ca: Buffer;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly passphrase: string | undefined;
}

/** The certificates that are to be used now: files are read again when they have changed. */
export class TlsFiles {
  readonly #material: Rotated<TlsMaterial>;

  /**
   * `store` names the adapter in errors.
   * @throws TypeError when a file cannot be read, or is no certificate or no key, or the two do not belong together
   */
  constructor(store: string, options: TlsOptions, clock: Clock) {
    const { ca, cert, key } = options;
    const paths = [ca, cert, key].filter((file) => typeof file === 'string');
    this.#material = new Rotated(paths, clock, () => load(store, options));
  }

  /** The material to connect with; the same object as long as nothing changed. */
  current(): TlsMaterial {
    return this.#material.current();
  }
}

function load(store: string, options: TlsOptions): TlsMaterial {
  const material = {
    ca: content(store, options.ca, 'ca') ?? Buffer.from(rootCertificates.join('\n')),
    cert: content(store, options.cert, 'cert'),
    key: content(store, options.key, 'key'),
    passphrase: options.passphrase,
  };
  try {
    createSecureContext({
      ca: material.ca,
      ...(material.cert !== undefined && { cert: material.cert }),
      ...(material.key !== undefined && { key: material.key }),
      ...(material.passphrase !== undefined && { passphrase: material.passphrase }),
    });
  } catch (error) {
    throw new TypeError(`${store}: tls.ca, tls.cert and tls.key cannot be used: ${(error as Error).message}`);
  }
  return material;
}

function content(store: string, file: string | Buffer | undefined, field: string): Buffer | undefined {
  if (typeof file !== 'string') return file;
  try {
    return readFileSync(file);
  } catch (error) {
    throw new TypeError(`${store}: tls.${field} is ${file}, which cannot be read: ${(error as Error).message}`);
  }
}
