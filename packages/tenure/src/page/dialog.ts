import { type Child, h, patchChildren } from './dom.ts';
import type { Reply } from './request.ts';

/** A question that is put over the page: focus goes into it, stays in it, and back to where it was. Escape leaves it. */
export class Dialog {
  readonly body = h('div', { class: 'dialog-body' });
  readonly #message = h('div', { role: 'alert', class: 'dialog-message' });
  readonly #submit: HTMLButtonElement;
  readonly #cancel = h('button', { type: 'button' }, 'Cancel');
  readonly #element: HTMLDialogElement;
  #section: HTMLElement | undefined;

  /** `submit` is called for each try; the dialog is busy meanwhile. */
  constructor(title: string, submit: () => Promise<void>) {
    this.#cancel.addEventListener('click', () => this.close());
    this.#submit = h('button', { type: 'submit', class: 'primary' });
    const form = h(
      'form',
      {},
      h('h2', { id: 'dialog-title' }, title),
      this.body,
      this.#message,
      h('div', { class: 'actions' }, this.#submit, this.#cancel),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#submit.getAttribute('aria-busy') === 'true') return;
      this.#submit.setAttribute('aria-busy', 'true');
      void submit().finally(() => this.#submit.removeAttribute('aria-busy'));
    });
    this.#element = h('dialog', { 'aria-labelledby': 'dialog-title' }, form);
    this.#element.addEventListener('close', () => {
      this.#element.remove();
      // The control that it was opened by may have gone meanwhile.
      if (document.activeElement === document.body) this.#section?.focus();
    });
  }

  open(): void {
    this.#section = document.activeElement?.closest('article') ?? undefined;
    document.body.append(this.#element);
    this.#element.showModal();
  }

  close(): void {
    this.#element.close();
  }

  /** What the button that goes on says. */
  offer(text: string): void {
    this.#submit.textContent = text;
  }

  /** Nothing is left to go on with: it can only be closed. */
  conclude(): void {
    this.#submit.hidden = true;
    this.#cancel.textContent = 'Close';
    this.#cancel.focus();
  }

  /** Tells why it did not go on; read out at once. */
  tell(...children: readonly Child[]): void {
    patchChildren(this.#message, []);
    this.#message.append(...children.filter((child) => child !== null));
  }

  /** A refusal, in the server's words. */
  refuse({ answer }: Reply, ...more: readonly Child[]): void {
    this.tell(h('p', {}, h('strong', {}, 'Refused: '), answer.message), ...more);
  }
}
