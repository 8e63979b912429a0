import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { Clock } from '@tenure/core';
import type { TlsMaterial } from './dial.ts';
import type { ZooKeeperTls } from './options.ts';

/** Looking costs three stat calls. */
const LOOK_EVERY = 1000;

/** The certificates that are to be used now: files are read again when they have changed. */
export class TlsFiles {
  readonly #options: ZooKeeperTls;
  readonly #clock: Clock;
  #material: TlsMaterial;
  #stamp: string;
  #looked: number;

  /** @throws TypeError when a file cannot be read, or is no certificate or no key, or the two do not belong together. */
  constructor(options: ZooKeeperTls, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#looked = clock.now();
    this.#stamp = stampOf(options);
    this.#material = load(options);
  }

  /**
   * The material to connect with; the same object as long as nothing changed. While a rotation is half done (a key that
   * does not belong to its certificate, a missing file) the last good one stays in use.
   */
  current(): TlsMaterial {
    const now = this.#clock.now();
    if (now - this.#looked < LOOK_EVERY) return this.#material;
    this.#looked = now;
    try {
      const stamp = stampOf(this.#options);
      if (stamp !== this.#stamp) {
        this.#material = load(this.#options);
        this.#stamp = stamp;
      }
    } catch {
      // The stamp is left alone, so the next look tries again.
    }
    return this.#material;
  }
}

/** Follows links, as mounted secrets are swapped by one. */
function stampOf({ ca, cert, key }: ZooKeeperTls): string {
  return [ca, cert, key]
    .map((file) => {
      if (typeof file !== 'string') return '';
      const { ino, mtimeMs, size } = statSync(file, { throwIfNoEntry: false }) ?? { ino: 0, mtimeMs: 0, size: 0 };
      return `${ino}:${mtimeMs}:${size}`;
    })
    .join();
}

function load(options: ZooKeeperTls): TlsMaterial {
  const material = {
    ca: content(options.ca, 'ca') ?? Buffer.from(rootCertificates.join('\n')),
    cert: content(options.cert, 'cert'),
    key: content(options.key, 'key'),
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
    throw new TypeError(`zookeeper: tls.ca, tls.cert and tls.key cannot be used: ${(error as Error).message}`);
  }
  return material;
}

function content(file: string | Buffer | undefined, field: string): Buffer | undefined {
  if (typeof file !== 'string') return file;
  try {
    return readFileSync(file);
  } catch (error) {
    throw new TypeError(`zookeeper: tls.${field} is ${file}, which cannot be read: ${(error as Error).message}`);
  }
}
