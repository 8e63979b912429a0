import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Dcs } from '@tenure/core';
import { file } from '@tenure/embedded';
import { open } from 'tenure';
import { type Ended, finished, folder, type Tenure, type TenureOptions, tenure } from './tools.ts';

/** A cluster `s` in a SQLite file of the test's own, and the real command on it. */
export interface Cluster {
  readonly folder: string;
  readonly url: string;
  /** The command run to its end. */
  run(command: string, args?: readonly string[], options?: TenureOptions): Promise<Ended>;
  /** The same with just these words. */
  runWith(words: readonly string[]): Promise<Ended>;
  start(command: string, args?: readonly string[], options?: TenureOptions): Tenure;
  /** A member of the cluster, or of a group of it, that outlives a slow test without renewing; closed when the test ends. */
  member(name: string, group?: number): Promise<Dcs>;
  /** The stored text of a key. */
  raw(key: string): Promise<string | undefined>;
  /** Stores a text as any program could. */
  put(key: string, value: string): Promise<void>;
}

export async function cluster(t: TestContext): Promise<Cluster> {
  const own = await folder(t);
  const path = join(own, 'store.db');
  const url = `embedded://${path}`;
  const words = (command: string, args: readonly string[]) => [command, '--store', url, '--scope', 's', ...args];
  const inFolder = (options: TenureOptions | undefined) => ({ ...options, env: { TMPDIR: own, ...options?.env } });
  return {
    folder: own,
    url,
    run: async (command, args = [], options) => await finished(t, words(command, args), inFolder(options)),
    runWith: async (all) => await finished(t, all),
    start: (command, args = [], options) => tenure(t, words(command, args), inFolder(options)),
    member: async (name, group) => {
      const dcs = await open(`${url}?scope=s&ttl=600&name=${name}${group === undefined ? '' : `&group=${group}`}`);
      t.after(async () => await dcs.close());
      return dcs;
    },
    raw: async (key) => {
      await using store = file(path);
      return (await store.read(`/service/s/${key}`)).entries.get(`/service/s/${key}`)?.value;
    },
    put: async (key, value) => {
      await using store = file(path);
      await store.commit({ guards: [], writes: [{ type: 'put', key: `/service/s/${key}`, value }] });
    },
  };
}

/** An editor that runs a shell line on the file, named `$1`. */
export function editor(at: Cluster, script: string): { env: Record<string, string> } {
  const path = join(at.folder, 'editor.sh');
  writeFileSync(path, script);
  return { env: { EDITOR: `sh ${path}`, VISUAL: '' } };
}
