import type { ClusterView, Dcs } from '@tenure/core';
import { print } from './terminal.ts';

/** How often the age on the screen is brought up to date, milliseconds. Nothing is read for it. */
const REDRAW = 1000;

/** Every view of the watch, until `signal`. */
export async function* eachView(dcs: Dcs, signal: AbortSignal): AsyncGenerator<ClusterView> {
  // A store's watch need not keep the process up.
  const stay = setInterval(() => undefined, 60_000);
  try {
    yield* dcs.watch({ signal });
  } finally {
    clearInterval(stay);
  }
}

/** Keeps the terminal showing `lines` of the latest view, until `signal`. */
export async function draw(dcs: Dcs, signal: AbortSignal, lines: (view: ClusterView) => string[]): Promise<void> {
  let latest: ClusterView | undefined;
  const show = () => {
    if (latest === undefined) return;
    const shown = lines(latest).slice(0, Math.max(1, (process.stdout.rows || 24) - 1));
    // Home, each line cleared to its end, then the rest of the screen: no flicker.
    print(`\u001b[H${shown.map((line) => `${line}\u001b[K`).join('\n')}\u001b[J`);
  };
  const timer = setInterval(show, REDRAW);
  // No cursor, and no wrapping: a line that is too wide is cut, and the rows stay where they are.
  process.stdout.write('\u001b[?25l\u001b[?7l\u001b[2J');
  try {
    for await (const view of dcs.watch({ signal })) {
      latest = view;
      show();
    }
  } finally {
    clearInterval(timer);
    process.stdout.write('\u001b[?7h\u001b[?25h');
  }
}
