import type { Store } from '@tenure/core';
import type { ResolvedConfig } from './config.ts';

/** The store that a configuration names. Only the adapter that is used is loaded. */
export async function connect(config: ResolvedConfig): Promise<Store> {
  if (config.embedded !== undefined) {
    const { file, memory } = await import('@tenure/embedded');
    return config.embedded.path === undefined ? memory() : file(config.embedded.path);
  }
  throw new TypeError('store: none');
}
