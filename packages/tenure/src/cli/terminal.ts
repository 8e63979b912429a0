import { constants } from 'node:os';
import { styleText } from 'node:util';
import { EXIT, Exit } from './exit.ts';
import { padded, textWidth } from './text-width.ts';

/** `tenure: …` on stderr, each line of a message on a line of its own, each printable. */
export function say(message: string): void {
  const lines = message.split('\n').map((line) => `tenure: ${printable(line)}\n`);
  process.stderr.write(lines.join(''));
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** Styled when stdout is a terminal with colours and NO_COLOR is not set. */
export function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Columns as wide as their widest cell, two spaces between them. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, column) =>
    Math.max(textWidth(title), ...rows.map((row) => textWidth(row[column] ?? ''))),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [paint('dim', line(header)), ...rows.map(line)];
}

/** What a program prints that it did not write itself: no control character reaches the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

export const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export function signalExit(signal: NodeJS.Signals): Exit {
  return new Exit(128 + constants.signals[signal]);
}

/** How a command ends that can print no more: a reader that went away is no failure. */
export function outputExit({ code }: NodeJS.ErrnoException): Exit {
  return code === 'EPIPE' ? new Exit(EXIT.ok) : new Exit(EXIT.failed, `stdout cannot be written (${code})`);
}

/** Aborts on the first SIGINT, SIGTERM or SIGHUP, and when whoever reads stdout has gone away, which is no failure. */
export function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const signal of STOP_SIGNALS) process.on(signal, () => controller.abort(signalExit(signal)));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    controller.abort(outputExit(error));
  });
  return controller.signal;
}
