import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { folder } from '../../packages/tenure/test/tools.ts';
import { findChromium, launch } from './chromium.ts';

/** Nothing is in the cache, and nothing can be fetched. */
async function cutOff(t: TestContext): Promise<void> {
  const here = await folder(t);
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
  });
  process.env = { ...before, TENURE_TEST_CACHE: here, TENURE_TEST_MIRROR: `copy://${join(here, 'nowhere')}` };
  t.mock.method(process.stderr, 'write', () => true);
}

test('the pinned Chromium runs out of the cache, with fonts of its own', async (t) => {
  const { executablePath } = await findChromium('/nowhere');
  assert.match(executablePath, /\/chromium-headless-shell$/);
  const browser = await launch();
  t.after(async () => await browser.close());
  const page = await browser.newPage();
  await page.setContent('<span>iiii</span><br><span>MMMM</span>');
  const widths = "Array.from(document.querySelectorAll('span'), (span) => span.getBoundingClientRect().width)";
  const [thin = 0, wide = 0] = (await page.evaluate(widths)) as number[];
  assert.ok(thin > 0 && wide > 2 * thin, `${thin} and ${wide} pixels`);
});

test('where it cannot be fetched the installed one serves, and without that the tests fail and name the package', async (t) => {
  await cutOff(t);
  assert.equal((await findChromium(process.execPath)).executablePath, process.execPath);
  await assert.rejects(
    findChromium('/nowhere'),
    /no browser to test the page with: install Debian's package chromium\./,
  );
});
