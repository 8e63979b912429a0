import { h } from './dom.ts';
import { duration } from './duration.ts';

/** How long it is until a time, or since then, by the clock of the browser. */
export function countdown(iso: string): HTMLElement {
  return h('span', { 'data-until': iso }, countdownText(iso));
}

/** From now on each countdown of the page goes on by itself, where nobody has it read out. */
export function keepCountdowns(): void {
  setInterval(() => {
    for (const element of document.querySelectorAll<HTMLElement>('[data-until]')) {
      const text = countdownText(element.dataset.until ?? '');
      if (element.textContent !== text) element.textContent = text;
    }
  }, 1000);
}

function countdownText(iso: string): string {
  const left = Date.parse(iso) - Date.now();
  return left < 0 ? `due ${duration(-left)} ago` : `in ${duration(left)}`;
}
