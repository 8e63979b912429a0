import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Packs every package as it would be published and asks publint and attw whether users can import it. */
const out = mkdtempSync(join(tmpdir(), 'tenure-packed-'));
const PAGE = ['page/index.html', 'page/sign-in.html', 'page/style.css', 'page/icon.svg', 'dist/page/main.js'];
let failed = false;
function sh(command: string, args: string[], cwd?: string): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  failed = true;
  console.error(`${command} ${args.join(' ')}\n${stdout}${stderr}`);
}
try {
  for (const name of readdirSync('packages')) {
    sh('npx', ['--yes', 'pnpm@10.34.8', 'pack', '--pack-destination', out], join('packages', name));
  }
  for (const file of readdirSync(out)) {
    sh('publint', [join(out, file), '--strict']);
    sh('attw', [join(out, file), '--profile', 'esm-only']);
    // What the page is made of is imported by nobody, so that nothing else would miss it.
    if (/^tenure-\d/.test(file)) sh('tar', ['-tzf', join(out, file), ...PAGE.map((path) => `package/${path}`)]);
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
