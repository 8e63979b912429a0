import { announce } from './announce.ts';
import { Dialog } from './dialog.ts';
import { h } from './dom.ts';
import { ask } from './request.ts';
import type { ClusterJson, SwitchoverRequest } from './wire.ts';

/** Asks the leader to hand over: to whom, when, and why not to each of the others. */
export function openSwitchoverDialog({ id, scope, group, leader, failover, candidates }: ClusterJson): void {
  if (leader === null) return;
  const when = h('input', { type: 'datetime-local', id: 'when', step: 1, 'aria-describedby': 'when-hint' });
  const dialog = new Dialog(`Switch ${id} over from ${leader.name}`, async () => {
    const chosen = dialog.body.querySelector<HTMLInputElement>('input[name=candidate]:checked')?.value ?? '';
    const body: SwitchoverRequest = {
      scope,
      group,
      leader: leader.name,
      candidate: chosen || null,
      scheduled: when.value === '' ? null : new Date(when.value).toISOString(),
      failoverVersion: failover.version,
    };
    const reply = await ask('/switchover', body);
    if (reply.ok) {
      announce([`${id}: ${reply.answer.message}`]);
      dialog.close();
    } else dialog.refuse(reply);
  });
  dialog.body.append(
    h(
      'fieldset',
      {},
      h('legend', {}, 'Who shall lead then'),
      choice('', 'the healthiest', true),
      ...candidates.eligible.map((name) => choice(name, name, false)),
    ),
  );
  if (candidates.ineligible.length > 0) {
    const reasons = candidates.ineligible.map(({ name, reason }) => h('li', {}, h('strong', {}, name), ` ${reason}`));
    dialog.body.append(h('p', {}, 'Cannot take over now:'), h('ul', {}, ...reasons));
  }
  if (failover.text !== '')
    dialog.body.append(h('p', {}, `This replaces what is asked for already: ${failover.text}.`));
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  dialog.body.append(
    h('p', { class: 'field' }, h('label', { for: 'when' }, 'When'), when),
    h('p', { class: 'hint', id: 'when-hint' }, `In your time zone, ${zone}. Now, when it is empty.`),
  );
  dialog.offer('Switch over');
  dialog.open();
}

function choice(value: string, text: string, checked: boolean): HTMLElement {
  return h('label', { class: 'choice' }, h('input', { type: 'radio', name: 'candidate', value, checked }), ` ${text}`);
}
