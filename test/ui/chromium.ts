import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { install } from '../servers/install.ts';
import { keepLinksInside } from '../servers/links.ts';

interface Program {
  readonly executablePath: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Debian's Chromium with a profile of its own, which is removed when it is closed; no network but what pages ask for. */
export async function launch(): Promise<Browser> {
  return await chromium.launch({
    ...(await findChromium()),
    headless: true,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync'],
    ],
  });
}

/** The pinned one, unpacked into the cache; where it cannot be had, the machine's own at `installed`. Rejects when there is neither. */
export async function findChromium(installed = '/usr/bin/chromium'): Promise<Program> {
  try {
    return unpacked((await install(['chromium'])).chromium as string);
  } catch (error) {
    if (existsSync(installed)) return { executablePath: installed, env: process.env };
    const why = (error as Error).message.replaceAll('\n', ' ');
    throw new Error(
      `There is no browser to test the page with: install Debian's package chromium. None can be fetched: ${why}`,
    );
  }
}

/** It takes its libraries and fonts from the tree, so that pages look alike on every machine. */
function unpacked(tree: string): Program {
  keepLinksInside(tree);
  const libraries = ['lib', 'usr/lib'].flatMap((folder) =>
    readdirSync(join(tree, folder))
      .filter((name) => name.endsWith('-linux-gnu'))
      .flatMap((name) => [join(tree, folder, name), join(tree, folder, name, 'pulseaudio')]),
  );
  const fonts = join(tree, 'fonts.conf');
  const parts = [
    `<dir>${join(tree, 'usr/share/fonts')}</dir>`,
    `<include>${join(tree, 'etc/fonts/conf.d')}</include>`,
    `<cachedir>${join(tree, 'var/cache/fontconfig')}</cachedir>`,
  ];
  writeFileSync(fonts, `<fontconfig>${parts.join('')}</fontconfig>\n`);
  return {
    executablePath: join(tree, 'usr/lib/chromium/chromium-headless-shell'),
    env: { ...process.env, LD_LIBRARY_PATH: libraries.join(':'), FONTCONFIG_FILE: fonts },
  };
}
