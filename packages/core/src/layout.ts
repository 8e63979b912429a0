const DOCUMENTS = [
  'leader',
  'epoch',
  'config',
  'sync',
  'failover',
  'history',
  'status',
  'initialize',
  'failsafe',
  'optime/leader',
] as const;

/** The keys that exist once in a scope. `epoch` is ours, the others are Patroni's. */
export type KeyName = (typeof DOCUMENTS)[number];

/** The keys that hold a document. */
export type DocumentName = Exclude<KeyName, 'leader' | 'epoch' | 'optime/leader'>;

/** What a key is. `group` is absent for the keys of a scope without groups. */
export type ParsedKey =
  | { readonly type: 'key'; readonly name: KeyName; readonly group?: number }
  | { readonly type: 'member'; readonly name: string; readonly group?: number };

export interface LayoutOptions {
  /** Default `service`. May hold slashes or be empty. */
  readonly namespace?: string;
  readonly scope: string;
  /** The group of a sharded cluster, as Citus has them; 0 is the coordinator. */
  readonly group?: number;
}

/** Where the keys of a scope are: `/<namespace>/<scope>[/<group>]/<key>`, as Patroni has them. */
export class Layout {
  readonly namespace: string;
  readonly scope: string;
  readonly group: number | undefined;
  /** Without a slash at the end. */
  readonly base: string;
  /** What all keys of this cluster start with. */
  readonly prefix: string;
  /** What all keys of all groups of the scope start with. */
  readonly scopePrefix: string;
  /** What a view is read from: a coordinator sees its workers too, so the whole scope. */
  readonly viewPrefix: string;

  /** @throws TypeError naming namespace or scope; RangeError for a group that is not a non-negative integer */
  constructor({ namespace = 'service', scope, group }: LayoutOptions) {
    assertText('namespace', namespace);
    assertScope(scope);
    if (group !== undefined && !(Number.isSafeInteger(group) && group >= 0)) {
      throw new RangeError(`group must be a non-negative integer, got ${String(group)}`);
    }
    const scopeBase = `/${namespace}/${scope}`.replace(/\/+/g, '/');
    this.namespace = namespace;
    this.scope = scope;
    this.group = group;
    this.base = group === undefined ? scopeBase : `${scopeBase}/${group}`;
    this.prefix = `${this.base}/`;
    this.scopePrefix = `${scopeBase}/`;
    this.viewPrefix = group === 0 ? this.scopePrefix : this.prefix;
  }

  key(name: KeyName): string {
    return this.prefix + name;
  }

  /** @throws TypeError for a name that `assertName` refuses */
  member(name: string): string {
    assertName(name);
    return `${this.prefix}members/${name}`;
  }

  /** The layout of another group of this scope. */
  ofGroup(group: number): Layout {
    return new Layout({ namespace: this.namespace, scope: this.scope, group });
  }

  /** What a key of this scope is, in whatever group; `undefined` when it is none of ours. */
  parse(key: string): ParsedKey | undefined {
    if (!key.startsWith(this.scopePrefix)) return undefined;
    const path = key.slice(this.scopePrefix.length);
    const [, digits, inGroup] = /^(0|[1-9][0-9]*)\/(.*)$/s.exec(path) ?? [];
    if (digits === undefined || inGroup === undefined) return parsePath(path);
    const parsed = parsePath(inGroup);
    const group = Number(digits);
    return parsed === undefined || !Number.isSafeInteger(group) ? undefined : { ...parsed, group };
  }
}

function parsePath(path: string): ParsedKey | undefined {
  const known = DOCUMENTS.find((name) => name === path);
  if (known !== undefined) return { type: 'key', name: known };
  const [, name] = /^members\/([^/]+)$/.exec(path) ?? [];
  return name === undefined ? undefined : { type: 'member', name };
}

/** A member's name becomes a key and a value. @throws TypeError for an empty name, slashes, control characters, `.`, `..` */
export function assertName(name: string): void {
  assertSegment('name', name);
}

/** @throws TypeError for an empty scope, slashes, control characters, `.`, `..` */
export function assertScope(scope: string): void {
  assertSegment('scope', scope);
}

function assertSegment(field: string, value: string): void {
  assertText(field, value);
  if (value === '') throw new TypeError(`${field} must not be empty, got ""`);
  // A path of `.` or `..` is refused by ZooKeeper and rewritten in a URL.
  if (value.includes('/') || value === '.' || value === '..') {
    throw new TypeError(`${field} must be one path segment without a slash, got ${JSON.stringify(value)}`);
  }
}

function assertText(field: string, value: string): void {
  if (typeof value !== 'string') throw new TypeError(`${field} must be a string, got ${typeof value}`);
  // Unpaired surrogates have no UTF-8; ZooKeeper refuses control characters in a path.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!value.isWellFormed() || /[\u0000-\u001f\u007f-\u009f]/.test(value)) {
    throw new TypeError(`${field} must be well-formed text without control characters, got ${JSON.stringify(value)}`);
  }
}
