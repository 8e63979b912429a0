import type { Finding } from './finding.ts';
import type { History } from './history.ts';

/** No client met an exception that nobody caught. */
export function uncaught(history: History): Finding {
  const violations = history.uncaught.map(({ at, client, message }) => ({
    ...{ rule: 'no uncaught exception' as const, at },
    message: `${client}: ${message}`,
  }));
  return { violations, figures: {} };
}
