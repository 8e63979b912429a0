/** The public types as users meet them. Checked by the compiler in the step `types`; nothing here runs. */
import {
  type ClusterView,
  type ConfigDocument,
  type Dcs,
  DcsError,
  type Document,
  type Grant,
  type HistoryLine,
  type Lease,
  lead,
  type Session,
  type Store,
  type Txn,
  type Version,
} from '@tenure/core';
import { expectTypeOf } from 'expect-type';

declare const dcs: Dcs;
declare const store: Store;
declare const session: Session;
declare const version: Version;

expectTypeOf(dcs.acquire()).resolves.toEqualTypeOf<Lease | undefined>();
expectTypeOf(dcs.campaign()).resolves.toEqualTypeOf<Lease>();
expectTypeOf(dcs.config).toEqualTypeOf<Document<ConfigDocument>>();
expectTypeOf(dcs.history).toEqualTypeOf<Document<readonly HistoryLine[]>>();
expectTypeOf(dcs.config.write({})).resolves.toEqualTypeOf<Version | undefined>();
expectTypeOf(dcs.watch()).toExtend<AsyncIterable<ClusterView>>();
expectTypeOf(lead(dcs, async (lease) => lease.token)).resolves.toEqualTypeOf<number>();
expectTypeOf(dcs.granted).toEqualTypeOf<Grant | undefined>();
expectTypeOf(store.guaranteed(30_000)).toEqualTypeOf<number>();
expectTypeOf(dcs).toExtend<AsyncDisposable>();

// A version comes from the store; a string of one's own is none.
// @ts-expect-error
await dcs.config.write({}, { version: '1' });
await dcs.config.write({}, { version });
await dcs.config.write({}, { version: null });
// With exactOptionalPropertyTypes an undefined version is a mistake, not "whatever is there".
// @ts-expect-error
await dcs.config.write({}, { version: undefined });

// Views and entries are read-only.
const view = await dcs.view();
// @ts-expect-error
view.leader = undefined;
// @ts-expect-error
view.members.push();

// A write says what it is.
// @ts-expect-error
const wrong: Txn = { guards: [], writes: [{ type: 'put', key: 'a' }] };
const right: Txn = { guards: [{ key: 'a', version: null }], writes: [{ type: 'put', key: 'a', value: '', session }] };
await store.commit(right);
await store.commit(wrong);

// Codes are a closed set.
const error = new DcsError('UNAVAILABLE', 'no answer', { maybeApplied: true });
if (DcsError.is(error, 'UNAVAILABLE')) expectTypeOf(error.maybeApplied).toEqualTypeOf<boolean>();
// @ts-expect-error
new DcsError('SOMETHING_ELSE', 'no');
