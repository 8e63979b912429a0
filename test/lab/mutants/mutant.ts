/** A change of the text of one built file of core, `packages/core/dist/<file>`. */
export interface Edit {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A planted defect. `name` completes the sentence "core …"; several edits are one defect that core guards against twice. */
export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Why it does harm, where the name does not tell. */
  readonly note?: string;
}

/** @throws Error when what an edit looks for is not there, or more than once: core has changed under the mutant */
export function mutated({ name, edits }: Mutant, file: string, source: string): string {
  return edits
    .filter((edit) => edit.file === file)
    .reduce((text, { find, replace }) => {
      const parts = text.split(find);
      if (parts.length !== 2) {
        throw new Error(`mutant "${name}": ${parts.length - 1} times in ${file}, once was meant:\n${find}`);
      }
      return parts.join(replace);
    }, source);
}

/** Where the built files of core are. */
export const core = new URL('../../../packages/core/dist/', import.meta.url);
