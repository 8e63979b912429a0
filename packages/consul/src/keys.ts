/** Consul's HTTP server answers a path with an empty, `.` or `..` segment with a redirect to another key. */
const UNREACHABLE = /\/\/|(^|\/)\.{1,2}(\/|$)/;

/** The contract's keys begin with a slash and Consul's must not. @throws TypeError for a key that Consul cannot name */
export function toWireKey(key: string): string {
  const inner = key.slice(1);
  if (!key.startsWith('/') || inner === '' || inner.startsWith('/') || UNREACHABLE.test(inner)) {
    throw new TypeError(
      `consul: key is ${JSON.stringify(key)}; it must begin with one slash and have no segment that is empty, . or ..`,
    );
  }
  return inner;
}

/** Of everything, when empty or a slash. @throws TypeError */
export function toWirePrefix(prefix: string): string {
  return prefix === '' || prefix === '/' ? '' : toWireKey(prefix);
}

export function fromWireKey(key: string): string {
  return `/${key}`;
}
