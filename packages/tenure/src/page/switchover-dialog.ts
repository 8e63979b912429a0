import { announce } from './announce.ts';
import { Dialog } from './dialog.ts';
import { h } from './dom.ts';
import { bytes } from './format.ts';
import { answerText, pendingNow, pendingParts } from './pending.ts';
import { ask } from './request.ts';
import type { CandidatesJson, ClusterJson, SwitchoverRequest } from './wire.ts';

/** Asks the leader to hand over: to whom, when, and why not to each of the others. */
export function openSwitchoverDialog({ id, scope, group, leader, failover, candidates, paused }: ClusterJson): void {
  if (leader === null) return;
  const { eligible, ineligible } = candidates;
  const when = h('input', { type: 'datetime-local', id: 'when', step: 1, 'aria-describedby': 'when-hint' });
  const later = ineligible.filter((member) => member.later && !paused);
  const never = ineligible.filter((member) => !later.includes(member));
  const laterChoices = later.map((member) => new Choice(member.name, member.name, `Later only: ${reasonOf(member)}`));
  const healthiest = new Choice('', 'the healthiest');
  // While it is paused nobody runs for office, so somebody must be named.
  const choices = [...(paused ? [] : [healthiest]), ...eligible.map((name) => new Choice(name, name)), ...laterChoices];
  const dialog = new Dialog(`Switch ${id} over from ${leader.name}`, async () => {
    const body: SwitchoverRequest = {
      scope,
      group,
      leader: leader.name,
      candidate: choices.find(({ input }) => input.checked)?.input.value || null,
      scheduled: when.value === '' ? null : new Date(when.value).toISOString(),
      failoverVersion: failover.version,
    };
    const reply = await ask('/switchover', body);
    if (reply.ok) {
      announce([`${id}: ${answerText(reply.answer)}`]);
      dialog.close();
      return;
    }
    const stands = reply.answer.failover;
    dialog.refuse(reply, stands === undefined ? null : pendingNow(stands));
  });
  const offer = () => {
    const scheduled = when.value !== '';
    for (const { input } of laterChoices) {
      input.disabled = !scheduled;
      if (!scheduled && input.checked) healthiest.input.checked = true;
    }
    dialog.offer(scheduled ? 'Schedule it' : 'Switch over');
  };
  const [first] = choices;
  if (first !== undefined) first.input.checked = true;
  dialog.body.append(
    h(
      'fieldset',
      {},
      h('legend', {}, 'Who shall lead then'),
      ...choices.map(({ element }) => element),
      choices.length === 0 ? h('p', {}, 'Nobody can take over now.') : null,
    ),
  );
  if (never.length > 0) {
    const reasons = never.map((member) => h('li', {}, h('strong', {}, member.name), ` ${reasonOf(member)}`));
    dialog.body.append(h('p', {}, 'Cannot take over:'), h('ul', {}, ...reasons));
  }
  if (failover.text !== '')
    dialog.body.append(h('p', {}, 'This replaces what is asked for already: ', ...pendingParts(failover), '.'));
  if (paused)
    dialog.body.append(h('p', {}, 'It is paused: whoever shall lead is named, and nothing can be scheduled.'));
  else {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    dialog.body.append(
      h('p', { class: 'field' }, h('label', { for: 'when' }, 'When'), when),
      h('p', { class: 'hint', id: 'when-hint' }, `In your time zone, ${zone}. Now, when it is empty.`),
    );
  }
  when.addEventListener('input', offer);
  offer();
  dialog.open();
}

function reasonOf({ reason, behind }: CandidatesJson['ineligible'][number]): string {
  if (behind === null) return reason;
  const lag = `is ${bytes(behind.lag)} behind, over maximum_lag_on_failover (${bytes(behind.most)})`;
  return reason === '' ? lag : `${reason}, ${lag}`;
}

/** One answer to who shall lead, and what stands against it. */
class Choice {
  readonly input: HTMLInputElement;
  readonly element: HTMLElement;

  constructor(value: string, text: string, reservation = '') {
    const hint = `reservation-${encodeURIComponent(value)}`;
    const described = reservation === '' ? null : hint;
    this.input = h('input', { type: 'radio', name: 'candidate', value, 'aria-describedby': described });
    this.element = h(
      'div',
      { class: 'choice' },
      h('label', {}, this.input, ` ${text}`),
      described === null ? null : h('span', { class: 'hint', id: hint }, reservation),
    );
  }
}
