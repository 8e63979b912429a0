import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { exec } from '../servers/exec.ts';

const EXECUTABLE = '/usr/bin/chromium';

/** Why this machine has no browser to test with; `undefined` when it has. Installs Debian's where it may. */
export async function hasNoBrowser(): Promise<string | undefined> {
  if (existsSync(EXECUTABLE)) return undefined;
  if (process.getuid?.() !== 0) return `there is no ${EXECUTABLE}, and only root may install it`;
  try {
    await exec('apt-get', ['update'], { timeout: 300_000 });
    const wait = ['-o', 'DPkg::Lock::Timeout=300'];
    await exec('apt-get', ['install', '-y', '--no-install-recommends', ...wait, 'chromium'], { timeout: 600_000 });
    return undefined;
  } catch (error) {
    return `chromium cannot be installed: ${(error as Error).message.replaceAll('\n', ' ')}`;
  }
}

/** Debian's Chromium with a profile of its own, which is removed when it is closed; no network but what pages ask for. */
export async function launch(): Promise<Browser> {
  return await chromium.launch({
    executablePath: EXECUTABLE,
    headless: true,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync'],
    ],
  });
}
