/**
 * The znode of a key is the key. ZooKeeper takes no path without a leading slash, with empty or relative parts, or with
 * these characters (PathUtils.validatePath), and keeps `/zookeeper` to itself.
 * @throws TypeError
 */
export function assertPath(key: string): void {
  const wrong = whatIsWrong(key);
  if (wrong !== undefined) throw new TypeError(`zookeeper: the key ${JSON.stringify(key)} ${wrong}`);
}

function whatIsWrong(key: string): string | undefined {
  if (!key.startsWith('/')) return 'must begin with a slash';
  if (key === '/') return 'must name something below the slash';
  const parts = key.slice(1).split('/');
  if (parts.includes('')) return 'must not have an empty part or end with a slash';
  if (parts.includes('.') || parts.includes('..')) return 'must not have . or .. for a part';
  if (parts[0] === 'zookeeper') return 'must not lie below /zookeeper, which is ZooKeeper’s own';
  if (key.split('').some(isForbidden)) return 'has a character that ZooKeeper refuses in paths';
  return undefined;
}

/** From and to, in UTF-16 units: nothing outside of the basic plane passes. */
const FORBIDDEN: readonly (readonly [number, number])[] = [
  [0x0000, 0x001f],
  [0x007f, 0x009f],
  [0xd800, 0xf8ff],
  [0xfff0, 0xffff],
];

function isForbidden(unit: string): boolean {
  const at = unit.charCodeAt(0);
  return FORBIDDEN.some(([from, to]) => at >= from && at <= to);
}

/** `/a/b` of `/a/b/c`; `/` of `/a`. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** `/a`, `/a/b` of `/a/b/c`, from the top. */
export function ancestorsOf(path: string): string[] {
  const above: string[] = [];
  for (let at = path.indexOf('/', 1); at !== -1; at = path.indexOf('/', at + 1)) above.push(path.slice(0, at));
  return above;
}

/** `/a/b`: also for the root. */
export function childOf(path: string, name: string): string {
  return path === '/' ? `/${name}` : `${path}/${name}`;
}
