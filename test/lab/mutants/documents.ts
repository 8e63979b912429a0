import type { Mutant } from './mutant.ts';

/** Reads and writes of documents. */
export const documentMutants: readonly Mutant[] = [
  {
    name: 'fences by the leader key without the epoch',
    edits: [
      {
        file: 'lease.js',
        find: `{ key: layout.key('epoch'), version: this.#epochVersion },`,
        replace: '',
      },
    ],
    note: 'on a store where a key that is made anew has its first version again',
  },
  {
    name: 'checks the fence before a write instead of in it',
    edits: [
      {
        file: 'document.js',
        find: 'const commit = await fence.fenced(send);',
        replace: `await fence.verifyWithin(deadline);
        const commit = await send([]);`,
      },
    ],
  },
  {
    name: 'repeats a commit of unknown outcome',
    edits: [
      {
        file: 'calls.js',
        find: `return await this.#once('commit', deadline, 1, true, (options) => this.#store.commit(txn, options));`,
        replace: `return await this.#retried('commit', deadline, (options) => this.#store.commit(txn, options));`,
      },
    ],
  },
  {
    name: 'takes a write without an answer for refused',
    edits: [
      {
        file: 'document.js',
        find: `writes: [write] }, deadline);
        if`,
        replace: `writes: [write] }, deadline).catch((error) => {
            if (!DcsError.is(error) || !error.maybeApplied)
                throw error;
        });
        if`,
      },
    ],
  },
  {
    name: 'takes a write without an answer for done',
    edits: [
      {
        file: 'document.js',
        find: `writes: [write] }, deadline);
        if`,
        replace: `writes: [write] }, deadline).catch((error) => {
            if (!DcsError.is(error) || !error.maybeApplied)
                throw error;
            return { versions: new Map([[this.#key, 'unknown']]) };
        });
        if`,
      },
    ],
  },
  {
    name: 'updates over what came between',
    edits: [
      {
        file: 'document.js',
        find: 'await this.#put(next, { ...options, version }, deadline)',
        replace: 'await this.#put(next, options, deadline)',
      },
    ],
  },
  {
    name: 'takes the guard of an absent document for no guard',
    edits: [
      {
        file: 'document.js',
        find: 'version === undefined ? []',
        replace: 'version == null ? []',
      },
    ],
  },
  {
    name: 'reads documents from its last view',
    edits: [
      {
        file: 'dcs.js',
        find: 'this.#latest = { snapshot, view };',
        replace: 'this.#latest = this.#office.latest = { snapshot, view };',
      },
      {
        file: 'document.js',
        find: 'const entry = (await this.#office.calls.read(this.#key, deadline)).entries.get(this.#key);',
        replace: `const { latest, calls } = this.#office;
        const { entries } = latest?.snapshot.stale === false ? latest.snapshot : await calls.read(this.#key, deadline);
        const entry = entries.get(this.#key);`,
      },
    ],
  },
];
