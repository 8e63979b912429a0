import { after } from 'node:test';
import type { Server } from '../clients/connect.ts';
import { editsBothWays } from './edits.ts';
import { Ground } from './ground.ts';
import { hazardsBothWays } from './hazards.ts';
import { keysBothWays } from './keys.ts';
import { looksAlike } from './looks.ts';
import { oneFile } from './one-file.ts';
import { pathsBothWays } from './paths.ts';
import { races } from './races.ts';
import { removal } from './removal.ts';
import { raced, since4, told } from './scale.ts';

/** Patroni's classes and Tenure on one real server. */
export async function interop(server: Server): Promise<void> {
  const ground = await Ground.start(server);
  after(() => ground[Symbol.asyncDispose]());
  for (const version of told) keysBothWays(ground, version);
  for (const version of told) pathsBothWays(ground, version);
  for (const version of since4) hazardsBothWays(ground, version);
  races(ground);
  for (const version of raced) oneFile(ground, version);
  for (const version of raced) removal(ground, version);
}

/** The commands on one real server: they do not depend on the store but for its section of the configuration. */
export async function commandsBeside(server: Server): Promise<void> {
  const ground = await Ground.start(server);
  after(() => ground[Symbol.asyncDispose]());
  for (const version of told) looksAlike(ground, version);
  for (const version of raced) editsBothWays(ground, version);
}
