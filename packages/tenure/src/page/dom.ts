export type Child = Node | string | null;

/** An element. An attribute of `false` or `null` is left out, one of `true` is empty. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number | boolean | null>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * Makes the children of `parent` like `wanted`, and keeps every element that stays: with it focus, scrolling, and what its
 * user has opened. Elements are the same by `data-key`, or else by their place and tag.
 */
export function patchChildren(parent: Element, wanted: readonly Node[]): void {
  const old = new Map<string, Element>();
  for (const child of parent.children) {
    const key = keyOf(child);
    if (key !== null) old.set(key, child);
  }
  let place = parent.firstChild;
  for (const node of wanted) {
    const key = node instanceof Element ? keyOf(node) : null;
    const kept = key === null ? place : (old.get(key) ?? null);
    if (kept !== null && isSameKind(kept, node)) {
      // What moves loses its focus, so whatever stands before what stays goes instead.
      while (key !== null && place !== null && place !== kept && !isWanted(place, wanted)) place = removed(place);
      if (kept !== place) parent.insertBefore(kept, place);
      else place = place.nextSibling;
      patch(kept, node);
    } else parent.insertBefore(node, place);
  }
  while (place !== null) place = removed(place);
}

function isWanted(node: Node, wanted: readonly Node[]): boolean {
  const key = node instanceof Element ? keyOf(node) : null;
  return key !== null && wanted.some((other) => other instanceof Element && keyOf(other) === key);
}

function removed(node: ChildNode): ChildNode | null {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function isSameKind(left: Node, right: Node): boolean {
  if (left.nodeName !== right.nodeName) return false;
  return !(left instanceof Element && right instanceof Element) || keyOf(left) === keyOf(right);
}

function keyOf(element: Element): string | null {
  return element.getAttribute('data-key');
}

function patch(kept: Node, wanted: Node): void {
  if (!(kept instanceof Element) || !(wanted instanceof Element)) {
    if (kept.nodeValue !== wanted.nodeValue) kept.nodeValue = wanted.nodeValue;
    return;
  }
  for (const { name } of [...kept.attributes]) {
    // Whether it is open is its user's affair.
    if (!wanted.hasAttribute(name) && !(kept instanceof HTMLDetailsElement && name === 'open'))
      kept.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (kept.getAttribute(name) !== value) kept.setAttribute(name, value);
  }
  patchChildren(kept, [...wanted.childNodes]);
}

/** The element of the page that has this id. @throws Error when there is none */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`the page has no #${id}`);
}
