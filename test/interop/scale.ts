import { type Server, servers } from '../clients/connect.ts';
import { type PatroniVersion, versions } from './patroni.ts';

/** `npm run interop` runs all of it; `npm test`, which everybody waits for, the newest Patroni and fewer rounds. */
export const isFull = process.env.TENURE_INTEROP === 'full';

/** Where the members beside a Patroni and the commands are told: what differs by store is told on each always. */
export const thorough: readonly Server[] = isFull ? servers : ['etcd'];

/** The versions on which the keys are told. */
export const told: readonly PatroniVersion[] = isFull ? versions : ['4.0', '4.1'];

/** The versions that the costly tests run against. */
export const raced: readonly PatroniVersion[] = isFull ? versions : ['4.1'];

/** Those of them whose classes have the calls of 4.0. */
export const since4 = raced.filter((version) => version !== '3.0');

export const ROUNDS = isFull ? 200 : 20;
