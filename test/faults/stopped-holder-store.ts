import type { Store } from '@tenure/core';
import { file } from '@tenure/embedded';
import { connect } from '../clients/connect.ts';
import type { Place } from './two-leaders-run.ts';

/** A client of the store there. */
export function storeOf(place: Place): Store {
  return place.type === 'embedded' ? file(place.path) : connect(place.type, `${place.host}:${place.port}`);
}
