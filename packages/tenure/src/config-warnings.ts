import { adjustTiming, type ConfigDocument, type Timing } from '@tenure/core';

export interface SharedTiming {
  /** What Patroni makes of the config, milliseconds; `undefined` when it takes no such config. */
  readonly timing: Pick<Timing, 'ttl' | 'loopWait' | 'retryTimeout'> | undefined;
  /** One sentence for each value that is not taken as it stands. */
  readonly warnings: readonly string[];
}

/** Seconds. */
const FIELDS = {
  ttl: { usual: 30, least: 20 },
  loop_wait: { usual: 10, least: 1 },
  retry_timeout: { usual: 10, least: 3 },
} as const;
const names = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

/** The timing of a shared configuration, and what Patroni ignores or changes of it (patroni/config.py). */
export function sharedTiming(config: ConfigDocument): SharedTiming {
  const warnings: string[] = [];
  const seconds = names.map((name) => {
    const { usual, least } = FIELDS[name];
    const value = Object.hasOwn(config, name) ? toInteger(config[name]) : usual;
    if (value === undefined) {
      const range = `a whole number of seconds, ${least} or more`;
      warnings.push(
        `${name}: it must be ${range}, got ${JSON.stringify(config[name])}; Patroni takes nothing of a config with this`,
      );
    } else if (value < least)
      warnings.push(`${name}: it must be ${least} s or more, got ${value}; Patroni takes ${least} s`);
    return value === undefined ? undefined : Math.max(least, value) * 1000;
  });
  const [ttl, loopWait, retryTimeout] = seconds;
  if (ttl === undefined || loopWait === undefined || retryTimeout === undefined) return { timing: undefined, warnings };
  const timing = adjustTiming({ ttl, loopWait, retryTimeout });
  if (timing.warnings.length > 0) {
    const [loop, retry] = [timing.loopWait / 1000, timing.retryTimeout / 1000];
    warnings.push(
      `loop_wait + 2·retry_timeout must not be over ttl, ${ttl / 1000} s; Patroni takes loop_wait ${loop} s and retry_timeout ${retry} s`,
    );
  }
  return { timing, warnings };
}

/** What is to be said of a changed configuration, and was not true of it before. */
export function newWarnings(before: ConfigDocument | undefined, value: ConfigDocument): string[] {
  const known = new Set(sharedTiming(before ?? {}).warnings);
  return sharedTiming(value).warnings.filter((warning) => !known.has(warning));
}

/** What Python's `int` makes of a value of JSON. */
function toInteger(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') return /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : undefined;
  return typeof value === 'number' ? Math.trunc(value) : undefined;
}
