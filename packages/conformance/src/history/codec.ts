import type { HistoryEvent } from './event.ts';
import { faultOf } from './shape.ts';

/** One event as a line of a history, with its line feed. */
export function encodeEvent(event: HistoryEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/**
 * The events of one file, in its own order. What follows the last line feed is left out when it cannot be understood: its
 * writer was killed in the middle of it.
 * @param file names the text in errors
 * @throws SyntaxError naming file and line for any other line that is no event
 */
export function parseHistory(text: string, file: string): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const lines = text.split('\n');
  const last = lines.length - 1;
  for (const [index, line] of lines.entries()) {
    if (index === last && line === '') break;
    const [event, fault] = parseLine(line);
    if (event !== undefined) events.push(event);
    else if (index < last) throw new SyntaxError(`${file}:${index + 1}: ${fault}`);
  }
  return events;
}

/** What several recorders wrote, as one history by time. Events of one time keep the order of their files, and of the list. */
export function mergeHistories(parts: readonly (readonly HistoryEvent[])[]): HistoryEvent[] {
  return parts.flat().sort((a, b) => a.at - b.at);
}

function parseLine(line: string): [HistoryEvent] | [undefined, string] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return [undefined, 'not JSON'];
  }
  const fault = faultOf(value);
  return fault === undefined ? [value as HistoryEvent] : [undefined, fault];
}
