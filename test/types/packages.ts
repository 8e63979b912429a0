/** The doors of the other packages as users meet them. Checked by the compiler in the step `types`; nothing here runs. */
import { type Case, conformance, type Harness, memoryHarness } from '@tenure/conformance';
import { type ConsulOptions, consul } from '@tenure/consul';
import type { Clock, Dcs, Lease, Store } from '@tenure/core';
import { file, MemoryServer, memory, VirtualClock } from '@tenure/embedded';
import { type EtcdOptions, etcd } from '@tenure/etcd';
import { type ZooKeeperOptions, zookeeper } from '@tenure/zookeeper';
import { expectTypeOf } from 'expect-type';
import { type Config, lead, open } from 'tenure';
import { HealthEndpoint } from 'tenure/health';
import { Metrics } from 'tenure/metrics';
import { TenureInstrumentation } from 'tenure/opentelemetry';

expectTypeOf(open('embedded:')).resolves.toExtend<Dcs>();
expectTypeOf(open({ store: 'embedded:', scope: 's', name: 'n', ttl: 10 })).resolves.toExtend<Dcs>();
expectTypeOf(open).parameter(0).toEqualTypeOf<Config | string>();
// A misspelt field is found before it runs.
// @ts-expect-error
await open({ store: 'embedded:', scope: 's', name: 'n', tll: 10 });
// Seconds are numbers.
// @ts-expect-error
await open({ store: 'embedded:', scope: 's', name: 'n', ttl: '10s' });
expectTypeOf(lead).parameter(1).returns.resolves.toBeUnknown();
expectTypeOf(lead).parameter(1).parameter(0).toEqualTypeOf<Lease>();

expectTypeOf(etcd).returns.toEqualTypeOf<Store>();
expectTypeOf(consul).returns.toEqualTypeOf<Store>();
expectTypeOf(zookeeper).returns.toEqualTypeOf<Store>();
expectTypeOf(file).returns.toEqualTypeOf<Store>();
expectTypeOf(memory({ server: new MemoryServer({ clock: new VirtualClock() }) })).toEqualTypeOf<Store>();
expectTypeOf(new VirtualClock()).toExtend<Clock>();

expectTypeOf<EtcdOptions>().toHaveProperty('endpoints');
expectTypeOf<ConsulOptions>().toHaveProperty('endpoints');
expectTypeOf<ZooKeeperOptions>().toHaveProperty('hosts');
// A store without an address is a mistake.
// @ts-expect-error
zookeeper({});

expectTypeOf(conformance).parameter(0).toEqualTypeOf<Harness>();
expectTypeOf(conformance).returns.toExtend<Iterable<Case>>();
expectTypeOf(memoryHarness()).toEqualTypeOf<Harness>();
// A harness says how short its sessions may be.
// @ts-expect-error
conformance({ name: 'mine', grace: 0, connect: async () => memory() });

// Metrics stand alone, or in a registry of the daemon's own; either ends with its block.
expectTypeOf(new Metrics()).toExtend<Disposable>();
expectTypeOf(new Metrics({ registry: new Metrics().registry }).text()).resolves.toEqualTypeOf<string>();
// @ts-expect-error
new Metrics({ registery: new Metrics().registry });

expectTypeOf(HealthEndpoint.open).parameter(0).toEqualTypeOf<Dcs>();
expectTypeOf(HealthEndpoint.open).returns.resolves.toExtend<AsyncDisposable>();
// Where it listens is for its user to say.
// @ts-expect-error
HealthEndpoint.open(await open('embedded:'), {});

expectTypeOf(new TenureInstrumentation()).toExtend<Disposable>();
expectTypeOf(TenureInstrumentation).instance.toHaveProperty('close');
// A provider is one of OpenTelemetry's.
// @ts-expect-error
new TenureInstrumentation({ tracerProvider: {} });
