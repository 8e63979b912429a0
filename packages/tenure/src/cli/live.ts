import type { ClusterView, Dcs } from '@tenure/core';
import { fitted, type Part } from './parts.ts';
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

/** Keeps the terminal showing the `parts` of the latest view, as far as it has room, until `signal`. */
export async function draw(dcs: Dcs, signal: AbortSignal, parts: (view: ClusterView) => Part[]): Promise<void> {
  let latest: ClusterView | undefined;
  const show = () => {
    if (latest === undefined) return;
    const shown = fitted(parts(latest), Math.max(1, (process.stdout.rows || 24) - 1));
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
