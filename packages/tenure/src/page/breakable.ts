import { type Child, h } from './dom.ts';

/** A name or address that may go on in the next line, but only between its parts: after a dot, a colon, a slash, an underscore or an @. */
export function breakable(text: string): Child[] {
  return text.split(/(?<=[.:/_@])(?=[^\s.:/_@])/).flatMap((part, index) => (index === 0 ? [part] : [h('wbr'), part]));
}
