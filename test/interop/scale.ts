import { type PatroniVersion, versions } from './patroni.ts';

/** `npm run interop` runs all of it; `npm test`, which everybody waits for, the newest Patroni and fewer rounds. */
export const isFull = process.env.TENURE_INTEROP === 'full';

/** The versions on which the keys are told. */
export const told: readonly PatroniVersion[] = isFull ? versions : ['4.0', '4.1'];

/** The versions that the costly tests run against. */
export const raced: readonly PatroniVersion[] = isFull ? versions : ['4.1'];

/** Those of them whose classes have the calls of 4.0. */
export const since4 = raced.filter((version) => version !== '3.0');

export const ROUNDS = isFull ? 200 : 20;
