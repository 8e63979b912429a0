import { readFile } from 'node:fs/promises';

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

const SCRIPTS = [
  ...['announce', 'breakable', 'cluster', 'config-dialog', 'countdown', 'dialog', 'dom', 'duration', 'flush-dialog'],
  ...[
    'format',
    'main',
    'past',
    'pause-dialog',
    'pending',
    'request',
    'scrolling',
    'sign-in',
    'status',
    'switchover-dialog',
  ],
  'table',
];

/** What the page is made of, by its path; of the package itself, nothing else can be asked for. */
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['page/index.html', HTML],
  '/sign-in': ['page/sign-in.html', HTML],
  '/style.css': ['page/style.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['page/icon.svg', 'image/svg+xml'],
  ...Object.fromEntries(SCRIPTS.map((name) => [`/${name}.js`, [`dist/page/${name}.js`, SCRIPT]])),
};

/** @throws Error when the package is not whole */
export async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const loading = Object.entries(FILES).map(async ([path, [file, type]]) => {
    const body = await readFile(new URL(`../../${file}`, import.meta.url));
    return [path, { type, body }] as const;
  });
  return new Map(await Promise.all(loading));
}
