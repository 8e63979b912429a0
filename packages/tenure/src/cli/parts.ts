import { count } from '../count.ts';

/** Some lines of what is shown. */
export interface Part {
  readonly lines: readonly string[];
  /** They may be left out when a terminal has no room for all: rows, but no heading and no note. */
  readonly spare: boolean;
}

export function kept(...lines: readonly string[]): Part {
  return { lines, spare: false };
}

export function spare(...lines: readonly string[]): Part {
  return { lines, spare: true };
}

/** A ruled table, of which the rows between its heading and its last rule may be left out. */
export function tableParts(lines: readonly string[]): Part[] {
  return [kept(...lines.slice(0, 3)), spare(...lines.slice(3, -1)), kept(...lines.slice(-1))];
}

export function linesOf(parts: readonly Part[]): string[] {
  return parts.flatMap(({ lines }) => lines);
}

/**
 * The lines of all parts, `height` of them at most. The spare parts share the room that is left; of one that is too long the
 * middle is left out. The end of all is left out when that is not enough. Each time a line says of how many.
 */
export function fitted(parts: readonly Part[], height: number): string[] {
  const whole = parts.map((part) => ({ ...part, lines: part.lines.flatMap((line) => line.split('\n')) }));
  const spares = whole.filter((part) => part.spare).sort((a, b) => a.lines.length - b.lines.length);
  let room = height - linesOf(whole.filter((part) => !part.spare)).length;
  const short = new Map<Part, readonly string[]>();
  for (const [index, part] of spares.entries()) {
    const share = Math.max(0, Math.floor(room / (spares.length - index)));
    const lines = part.lines.length <= share ? part.lines : shortened(part.lines, share - 1);
    short.set(part, lines);
    room -= lines.length;
  }
  const lines = whole.flatMap((part) => short.get(part) ?? part.lines);
  return lines.length <= height ? lines : [...lines.slice(0, height - 1), leftOut(lines.length - height + 1)];
}

/** Only the first and the last lines, `most` together, and between them how many are left out. */
function shortened(lines: readonly string[], most: number): string[] {
  const room = Math.max(0, most);
  const above = Math.ceil(room / 2);
  return [...lines.slice(0, above), leftOut(lines.length - room), ...lines.slice(lines.length - (room - above))];
}

function leftOut(lines: number): string {
  return ` … ${count(lines, 'more line')}, for which this terminal has no room …`;
}
