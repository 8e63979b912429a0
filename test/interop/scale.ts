import { type PatroniVersion, versions } from './patroni.ts';

/** `npm run interop` runs all of it; `npm test`, which everybody waits for, the newest Patroni and fewer rounds. */
export const isFull = process.env.TENURE_INTEROP === 'full';

/** The versions on which the keys are told. */
export const told: readonly PatroniVersion[] = isFull ? versions : ['4.0', '4.1'];

/** The versions that the costly tests run against. */
export const raced: readonly PatroniVersion[] = isFull ? versions : ['4.1'];

export const ROUNDS = isFull ? 200 : 20;
