/** Keeps every table of `root` that is wider than its room in reach of the keyboard, whose arrows then scroll it. */
export class Scrolling {
  readonly #root: Element;

  constructor(root: Element) {
    this.#root = root;
    new ResizeObserver(() => this.update()).observe(root);
  }

  update(): void {
    for (const box of this.#root.querySelectorAll('.scroll')) {
      if (box.scrollWidth > box.clientWidth) box.setAttribute('tabindex', '0');
      else box.removeAttribute('tabindex');
    }
  }
}
