import assert from 'node:assert/strict';
import { RETAINED, type Row, SELF } from './row.ts';

const SYSTEM_ID = '7412345678901234567';
const OPTIME = 100663648;

export const leaderRows: readonly Row[] = [
  {
    key: 'initialize',
    title: 'while it is bootstrapped',
    patroni: (dcs) => dcs.call('initialize', true, ''),
    tenure: ({ dcs }) => dcs.initialize.claim(),
    seenByTenure: ({ initialize }) => initialize.value,
    tenureSees: '',
    seenByPatroni: ({ initialize }) => initialize,
    patroniSees: '',
  },
  {
    key: 'initialize',
    title: 'cancelled',
    patroni: (dcs) => dcs.call('cancel_initialization'),
    tenure: ({ dcs }) => dcs.initialize.clear(),
    seenByTenure: ({ initialize }) => initialize.value,
    tenureSees: undefined,
    seenByPatroni: ({ initialize }) => initialize,
    patroniSees: null,
  },
  {
    key: 'initialize',
    title: 'the system id',
    patroni: async (dcs) => {
      assert.ok(await dcs.call('initialize', true, ''));
      return await dcs.call('initialize', false, SYSTEM_ID);
    },
    tenure: ({ dcs }) => dcs.initialize.write(SYSTEM_ID),
    seenByTenure: ({ initialize }) => initialize.value,
    tenureSees: SYSTEM_ID,
    seenByPatroni: ({ initialize }) => initialize,
    patroniSees: SYSTEM_ID,
  },
  {
    key: 'leader',
    title: 'held',
    patroni: (dcs) => dcs.call('acquire_leader_lock'),
    tenure: async (hand) => {
      hand.lease = await hand.dcs.acquire();
      return hand.lease;
    },
    seenByTenure: ({ leader, isUnlocked, timeline }) => ({
      ...{
        name: leader?.name,
        bound: leader?.session !== undefined,
        member: leader?.member?.name,
        isUnlocked,
        timeline,
      },
    }),
    tenureSees: { name: SELF, bound: true, member: SELF, isUnlocked: false, timeline: 0 },
    seenByPatroni: ({ leader, unlocked }) => ({ ...leader, unlocked }),
    patroniSees: { name: SELF, bound: true, timeline: 3, unlocked: false },
  },
  {
    key: 'optime/leader',
    title: 'beside a member of 2.0',
    patroni: async (dcs) => {
      assert.ok(await dcs.call('touch_member', { version: '2.0.4' }));
      return await dcs.call('update_leader', OPTIME);
    },
    tenure: async ({ dcs, lease }) => {
      await dcs.announce({ version: '2.0.4' });
      await dcs.view();
      await lease?.renew({ status: { optime: OPTIME } });
    },
    seenByTenure: ({ status }) => status.value,
    tenureSees: { optime: OPTIME },
    seenByPatroni: ({ status }) => status,
    patroniSees: { last_lsn: OPTIME, slots: null, retain_slots: [] },
    before4: { why: RETAINED, patroniSees: { last_lsn: OPTIME, slots: null } },
  },
  {
    key: 'failsafe',
    title: 'with the renewal',
    patroni: (dcs) =>
      dcs.call('update_leader', OPTIME, null, {
        pg1: 'http://10.0.0.1:8008/patroni',
        Größe: 'http://[::1]:8008/patroni',
      }),
    tenure: ({ lease }) =>
      lease?.renew({ failsafe: { pg1: 'http://10.0.0.1:8008/patroni', Größe: 'http://[::1]:8008/patroni' } }) ??
      assert.fail('it does not lead'),
    seenByTenure: ({ failsafe }) => failsafe.value,
    tenureSees: { pg1: 'http://10.0.0.1:8008/patroni', Größe: 'http://[::1]:8008/patroni' },
    seenByPatroni: ({ failsafe }) => failsafe,
    patroniSees: { pg1: 'http://10.0.0.1:8008/patroni', Größe: 'http://[::1]:8008/patroni' },
  },
  {
    key: 'leader',
    title: 'released, with the last status',
    patroni: (dcs) => dcs.call('delete_leader', OPTIME + 8),
    tenure: ({ lease }) => lease?.release({ status: { optime: OPTIME + 8 } }) ?? assert.fail('it does not lead'),
    seenByTenure: ({ leader, isUnlocked, status }) => ({ leader, isUnlocked, status: status.value }),
    tenureSees: { leader: undefined, isUnlocked: true, status: { optime: OPTIME + 8 } },
    seenByPatroni: ({ leader, unlocked, status }) => ({ leader, unlocked, status }),
    patroniSees: { leader: null, unlocked: true, status: { last_lsn: OPTIME + 8, slots: null, retain_slots: [] } },
    before4: {
      why: RETAINED,
      patroniSees: { leader: null, unlocked: true, status: { last_lsn: OPTIME + 8, slots: null } },
    },
  },
];
