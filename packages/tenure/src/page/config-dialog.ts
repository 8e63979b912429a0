import { announce } from './announce.ts';
import { Dialog } from './dialog.ts';
import { h } from './dom.ts';
import { diffLines } from './format.ts';
import { ask, type Reply } from './request.ts';
import type { Answer, ClusterJson, ConfigRequest, Refusal, Seen } from './wire.ts';

const SHOW = 'Show the difference';

/** Edits the configuration: what would be written is shown first, and written only as it was shown. */
export function openConfigDialog({ id, scope, group, config }: ClusterJson): void {
  const text = h('textarea', { id: 'config-text', rows: 16, spellcheck: 'false', autocomplete: 'off' });
  const difference = h('div', { class: 'difference', 'aria-live': 'polite' });
  let seen: Seen = config;
  /** What was shown, and nothing else, may be written. */
  let shown: string | undefined;
  const reset = () => {
    shown = undefined;
    difference.replaceChildren();
    dialog.offer(SHOW);
  };
  const dialog = new Dialog(`Configuration of ${id}`, async () => {
    const asked = text.value;
    const dryRun = shown !== asked;
    const { version, text: base } = seen;
    const body: ConfigRequest = { scope, group, text: asked, seen: { version, text: base }, dryRun };
    const reply = await ask('/config', body);
    dialog.tell();
    if (!reply.ok) refused(reply);
    else if (!dryRun) {
      announce([reply.answer.message]);
      dialog.close();
    } else if (text.value === asked) show(asked, reply.answer);
  });
  const show = (asked: string, { diff = '', warnings = [] }: Answer) => {
    if (diff === '') {
      difference.replaceChildren(h('p', {}, 'Nothing would change.'));
      return;
    }
    shown = asked;
    difference.replaceChildren(
      h('p', {}, 'This would be written:'),
      diffLines(diff, 'Difference'),
      ...warningList(warnings),
    );
    dialog.offer('Write it');
  };
  const refused = (reply: Reply) => {
    reset();
    const { refusal } = reply.answer;
    if (refusal === undefined) {
      dialog.refuse(reply);
      return;
    }
    seen = refusal.now;
    if (refusal.merged !== undefined) text.value = refusal.merged;
    dialog.refuse(reply, diffLines(refusal.theirs, 'What somebody else changed'), h('p', {}, advice(refusal)));
  };
  text.value = config.text;
  text.addEventListener('input', () => {
    dialog.tell();
    reset();
  });
  dialog.body.append(h('p', { class: 'field' }, h('label', { for: 'config-text' }, 'In YAML'), text), difference);
  dialog.offer(SHOW);
  dialog.open();
}

function warningList(warnings: readonly string[]): HTMLElement[] {
  if (warnings.length === 0) return [];
  const items = warnings.map((warning) => h('li', { class: 'notice warn' }, h('strong', {}, 'Warning.'), ' ', warning));
  return [h('ul', { class: 'notices' }, ...items)];
}

function advice({ merged, conflicts }: Refusal): string {
  if (merged !== undefined) return 'Your change is put into theirs. Look at the difference again.';
  return `Both of you changed ${conflicts.join(', ')}. Your text is kept; the difference will show what it undoes.`;
}
