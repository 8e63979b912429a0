/** Aborts when the process is asked to end: the first time it winds up, the second time it is gone. */
export function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort(new Error(name)));
  return stop.signal;
}
