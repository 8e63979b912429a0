import { announce } from './announce.ts';
import { Dialog } from './dialog.ts';
import { h } from './dom.ts';
import { answerText, pendingNow, pendingParts } from './pending.ts';
import { ask } from './request.ts';
import type { ClusterJson, FlushRequest } from './wire.ts';

/** Asks whether the pending change of the leader shall be taken back: that which was shown, and no other. */
export function openFlushDialog({ id, scope, group, failover }: ClusterJson): void {
  let { version } = failover;
  const pending = h('p', {}, 'Pending: ', ...pendingParts(failover), '.');
  const dialog = new Dialog(`Take back what is pending in ${id}`, async () => {
    const body: FlushRequest = { scope, group, failoverVersion: version };
    const reply = await ask('/flush', body);
    const { ok, status, answer } = reply;
    if (ok) {
      announce([`${id}: ${answerText(answer)}`]);
      dialog.close();
    } else if (answer.failover === undefined) {
      dialog.refuse(reply);
      if (status === 409) dialog.conclude();
    } else {
      ({ version } = answer.failover);
      pending.remove();
      dialog.refuse(reply, pendingNow(answer.failover));
      dialog.offer('Take this back');
    }
  });
  dialog.body.append(pending, h('p', {}, 'It will not be carried out, unless that has begun already.'));
  dialog.offer('Take it back');
  dialog.open();
}
