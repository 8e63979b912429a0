import { announce } from './announce.ts';
import { Dialog } from './dialog.ts';
import { h } from './dom.ts';
import { diffLines } from './format.ts';
import { ask } from './request.ts';
import type { ClusterJson, PauseRequest } from './wire.ts';

/** Asks for maintenance mode, or for its end. */
export function openPauseDialog({ id, scope, group, paused: isPaused, config }: ClusterJson): void {
  const paused = !isPaused;
  const verb = paused ? 'Pause' : 'Resume';
  let { version, text } = config;
  const dialog = new Dialog(`${verb} ${id}`, async () => {
    const body: PauseRequest = { scope, group, paused, seen: { version, text } };
    const reply = await ask('/pause', body);
    const { message, refusal } = reply.answer;
    if (reply.ok) {
      announce([message]);
      dialog.close();
    } else if (refusal === undefined) dialog.refuse(reply);
    else {
      ({ version, text } = refusal.now);
      dialog.refuse(reply, diffLines(refusal.theirs, 'What somebody else changed'));
      dialog.offer(`${verb} all the same`);
    }
  });
  const meaning = paused
    ? 'While it is paused nobody is elected or deposed without being asked for by name.'
    : 'Leaders are elected and deposed again.';
  dialog.body.append(h('p', {}, meaning));
  dialog.offer(verb);
  dialog.open();
}
