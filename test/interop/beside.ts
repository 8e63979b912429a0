import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { MemberData } from '@tenure/core';
import type { Server } from '../clients/connect.ts';
import { type Commands, openCommands } from './commands.ts';
import { Ground } from './ground.ts';
import { PatroniMember } from './member.ts';
import { OwnMember } from './own-member.ts';
import type { PatroniVersion } from './patroni.ts';

/** Milliseconds for what takes Patroni a few loops of a second, on a machine that others load. */
const PATIENCE = 90_000;
/** Milliseconds: how long our member's key outlives it. */
const TTL = 3000;
const SELF = 'tenure';
const scope = 'beside';
const data = {
  conn_url: 'postgres://127.0.0.1:1/postgres',
  api_url: 'http://127.0.0.1:1/patroni',
  ...{ state: 'running', role: 'replica', version: '4.1.5', timeline: 1, xlog_location: 0 },
  // Without `nostream` Patroni's leader keeps a replication slot for it, and the WAL that nobody fetches.
  tags: { nofailover: true, nosync: true, nostream: true },
} satisfies MemberData;

type Row = Readonly<Record<string, unknown>>;

/** `tenure` has the columns of 4.1, which shows positions and lags of its own beside what 4.0 shows. */
function pick(row: Row, version: PatroniVersion): Row {
  const positions = /LSN|Lag/;
  return Object.fromEntries(Object.entries(row).filter(([column]) => version === '4.1' || !positions.test(column)));
}

/** A Tenure member in a real cluster of two Patroni. */
export function besidePatroni(server: Server, version: PatroniVersion): void {
  suite(`a member beside Patroni ${version} with PostgreSQL 15, ${server}`, () => {
    const held = new AsyncDisposableStack();
    let ground: Ground;
    let commands: Commands;
    let members: readonly PatroniMember[];
    let own: OwnMember;

    const join = () =>
      new OwnMember(ground.dcs(scope, SELF, { timing: { ttl: TTL, loopWait: 500, retryTimeout: 1000 } }), data);

    before(async () => {
      ground = held.use(await Ground.start(server));
      commands = held.use(await openCommands(ground, scope, version));
      const first = held.use(await PatroniMember.start(ground, scope, 'pg1', version));
      members = [first];
      own = join();
      held.defer(() => own[Symbol.asyncDispose]());
      await until('pg1 leads', () => own.latest?.leader?.name === 'pg1' && first.isPrimary());
      members = [first, held.use(await PatroniMember.start(ground, scope, 'pg2', version))];
      await until('pg2 streams', () => stateOf('pg2') === 'streaming');
    });
    after(() => held.disposeAsync());

    async function until(what: string, look: () => boolean | undefined | Promise<boolean | undefined>): Promise<void> {
      for (const end = performance.now() + PATIENCE; (await look()) !== true; await sleep(50)) {
        if (performance.now() < end) continue;
        const logs = members.map(({ name, log }) => `${name}:\n${log}`).join('\n');
        assert.fail(`${what}: not within ${PATIENCE} ms\n${(await commands.patronictl('list')).stdout}\n${logs}`);
      }
    }
    const stateOf = (name: string) =>
      own.latest?.members.find((member) => member.name === name)?.data.replication_state;
    const named = (name: string | undefined) => {
      const member = members.find((it) => it.name === name);
      assert.ok(member, `${name} is no Patroni`);
      return member;
    };

    test('both commands show the same three members', async () => {
      let shown: readonly Row[][] = [];
      // A position may move between the two looks.
      await until('they show the same', async () => {
        const looks = [
          commands.patronictl('list', ['--format', 'json']),
          commands.tenure('list', ['--format', 'json']),
        ];
        const texts = await Promise.all(looks);
        shown = texts.map(({ stdout }) => (JSON.parse(stdout) as Row[]).map((row) => pick(row, version)));
        return isDeepStrictEqual(shown[0], shown[1]);
      });
      assert.deepEqual(
        shown[0]?.map(({ Member, Role }) => [Member, Role]),
        [
          ['pg1', 'Leader'],
          ['pg2', 'Replica'],
          [SELF, 'Replica'],
        ],
      );
    });

    test('Tenure understands every key that is there', async () => {
      const view = await own.dcs.view();
      assert.deepEqual(view.problems, []);
      assert.match(view.initialize.value ?? '', /^\d{10,}$/);
      assert.equal(view.config.value?.loop_wait, 1);
      assert.equal(view.leader?.member?.data.role, 'primary');
      assert.ok((view.status.value?.optime ?? 0) > 0);
      assert.deepEqual(view.status.value?.retainSlots, ['pg1', 'pg2']);
    });

    test('tenure version tells theirs as patronictl version does, and asks none of them', async () => {
      const { members: told } = JSON.parse((await commands.tenure('version', ['--json'])).stdout) as {
        members: readonly { readonly name: string; readonly version: string }[];
      };
      const { stdout } = await commands.patronictl('version');
      for (const name of ['pg1', 'pg2']) {
        const own = told.find((member) => member.name === name)?.version;
        assert.match(stdout, new RegExp(`^${name}: Patroni ${own?.replaceAll('.', '\\.')} `, 'm'));
      }
      assert.equal(told.find(({ name }) => name === SELF)?.version, data.version);
    });

    test('it does not take an office that a Patroni holds', async () => {
      const before = (await own.dcs.view()).leader;
      assert.equal(await own.dcs.acquire(), undefined);
      assert.deepEqual((await own.dcs.view()).leader?.version, before?.version);
    });

    test('a switchover that Tenure asks for is done by Patroni, and the watch follows it', async () => {
      const seen = own.leaders.length;
      const ended = await commands.tenure('switchover', ['--yes', '--candidate', 'pg2', '--timeout', '80']);
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      await until('pg2 is the primary', async () => own.leaders.at(-1) === 'pg2' && (await named('pg2').isPrimary()));
      const names = new Set(own.leaders.slice(seen - 1));
      assert.ok(!names.has(SELF), `led: ${[...names].join()}`);
      // The new leader clears the request after it has answered as the primary.
      await until('the request is done with', async () => isDeepStrictEqual((await own.dcs.failover.read()).value, {}));
      await until('the history says so', async () => (await own.dcs.history.read()).value?.at(-1)?.leader === 'pg2');
      await until('pg1 follows', () => stateOf('pg1') === 'streaming');
    });

    test('a pause that Tenure asks for is applied by all, and so is its end', async () => {
      const paused = await commands.tenure('pause', ['--yes', '--wait']);
      assert.equal(paused.code, 0, paused.stdout + paused.stderr);
      assert.deepEqual(
        (await own.dcs.view()).members.map((member) => member.data.pause),
        [true, true, true],
      );
      assert.match((await commands.patronictl('list')).stdout, /Maintenance mode: on/);
      const resumed = await commands.patronictl('resume', ['--wait']);
      assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
      assert.deepEqual(
        (await own.dcs.view()).members.map((member) => member.data.pause),
        [undefined, undefined, undefined],
      );
    });

    test('an empty config counts as none for the leader, which writes its own over it (H15)', async () => {
      await own.dcs.config.write({});
      await until('it is written again', async () => (await own.dcs.config.read()).value?.loop_wait === 1);
    });

    test('a switchover that Tenure schedules is done by Patroni at its time, and followed until then', async () => {
      const due = Date.now() + 10_000;
      const words = ['--yes', '--json', '--candidate', 'pg1', '--scheduled', new Date(due).toISOString()];
      const ended = await commands.tenure('switchover', [...words, '--wait', '--timeout', '80']);
      assert.ok(Date.now() >= due);
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      assert.partialDeepStrictEqual(JSON.parse(ended.stdout), { outcome: 'done', leader: 'pg1' });
      await until('pg1 is the primary', async () => own.leaders.at(-1) === 'pg1' && (await named('pg1').isPrimary()));
      await until('pg2 follows', () => stateOf('pg2') === 'streaming');
    });

    test('a switchover that patronictl asks for is seen by the watch', async () => {
      const ended = await commands.patronictl('switchover', ['--force', '--candidate', 'pg2']);
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      await until('pg2 is the primary', async () => own.leaders.at(-1) === 'pg2' && (await named('pg2').isPrimary()));
      await until('pg1 follows', () => stateOf('pg1') === 'streaming');
    });

    test('it goes when it stops, and comes back', async () => {
      const isShown = async () => new RegExp(`^\\| ${SELF} `, 'm').test((await commands.patronictl('list')).stdout);
      assert.ok(await isShown());
      const dead = own;
      await dead.halt();
      await until('its key expires', async () => !(await isShown()));
      own = join();
      await until('it is shown again', isShown);
      await dead.dcs.close();
      assert.ok(await isShown(), 'whoever comes later has a key of its own');
    });

    test('an office that it wins when the leader leaves is respected by Patroni, and taken over when it is given back', async () => {
      await using candidate = ground.dcs(scope, 'candidate', {
        timing: { ttl: 20_000, loopWait: 2000, retryTimeout: 3000 },
      });
      await candidate.announce(data);
      const campaign = candidate.campaign({ signal: AbortSignal.timeout(PATIENCE) });
      const [, lease] = await Promise.all([named('pg2').stop(), campaign]);
      const pg1 = named('pg1');
      assert.ok(lease.held);
      // Patroni looks once a second: three of its loops under our lease.
      for (let loop = 0; loop < 3; loop += 1) {
        await sleep(1000);
        await lease.renew();
        assert.equal(await pg1.isPrimary(), false);
        assert.equal((await own.dcs.view()).leader?.name, 'candidate');
      }
      assert.match((await commands.patronictl('list')).stdout, /^\| candidate +\|.*\| Leader /m);
      await lease.release();
      await until('pg1 takes over', async () => own.leaders.at(-1) === 'pg1' && (await pg1.isPrimary()));
    });
  });
}
