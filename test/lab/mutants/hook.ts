import { registerHooks } from 'node:module';
import { mutants } from './all.ts';
import { core, mutated } from './mutant.ts';

/**
 * `node --import …/hook.ts` loads core with the defect that the environment variable `TENURE_MUTANT` names. Nothing on
 * disk is changed.
 */
const name = process.env.TENURE_MUTANT;
const mutant = mutants.find((one) => one.name === name);
if (mutant === undefined) throw new Error(`TENURE_MUTANT: there is no mutant "${name}"`);

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const file = url.startsWith(core.href) ? url.slice(core.href.length) : undefined;
    if (file === undefined || loaded.source == null) return loaded;
    const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: mutated(mutant, file, source) };
  },
});
