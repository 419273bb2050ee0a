// Opens pages in Chromium and prints what it saw of each as JSON: node inspect.mjs MODULES FOLDER PAGE…
// MODULES is the folder with node_modules; screenshots go to FOLDER.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, folder, ...pages] = process.argv.slice(2);
const require = createRequire(join(modules, 'package.json'));
const { chromium } = require('playwright-core');
const axe = require('axe-core').source;

// The width of A4 within its margins.
const PAPER = 720;
const WIDTHS = { light: [360, 800, 1400], dark: [800] };
// With the screenshots, so that a failure leaves nothing elsewhere.
const profile = mkdtempSync(join(folder, 'profile-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM,
  headless: true,
  // Without these, Chromium asks for hosts of its own.
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-component-update',
    '--disable-background-networking', '--disable-sync',
  ],
});

async function visit(file, scheme) {
  const seen = { requests: [], errors: [], overflow: [], violations: [] };
  const page = await context.newPage();
  const url = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) seen.requests.push(request.url());
  });
  page.on('console', (message) => seen.errors.push(message.text()));
  page.on('pageerror', (error) => seen.errors.push(String(error)));
  page.on('dialog', (dialog) => { seen.errors.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(url);
  for (const width of WIDTHS[scheme]) {
    await page.setViewportSize({ width, height: 900 });
    const name = `${basename(file, '.html')}-${scheme}-${width}.png`;
    await page.screenshot({ path: join(folder, name), fullPage: true });
    seen.overflow.push(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth));
    // Injected by the debugger, which the page's policy doesn't concern.
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    for (const { id, nodes } of violations) {
      seen.violations.push(`${width} ${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
    }
  }
  // With what is folded, too.
  seen.text = await page.evaluate(() => (
    [...document.querySelectorAll('header, main, footer')].map((e) => e.textContent.trim()).join('\n')
  ));
  seen.elements = await page.evaluate(() => [...new Set([...document.querySelectorAll('*')].map((e) => e.localName))]);
  seen.links = await page.evaluate(() => [...document.links].map((link) => link.getAttribute('href')));
  seen.sorted = await page.evaluate(() => {
    const table = document.querySelector('table.sortable');
    if (!table) return null;
    const first = () => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent);
    const button = table.tHead.rows[0].cells[0].querySelector('button');
    button.click();
    const up = first();
    button.click();
    return [up, first()];
  });
  seen.copied = await page.evaluate(async () => {
    const button = document.querySelector('button.copy');
    if (!button) return null;
    button.click();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return button.textContent;
  });
  if (scheme === 'light') {
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: PAPER, height: 1000 });
    seen.overflow.push(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth));
    await page.pdf({ path: join(folder, `${basename(file, '.html')}.pdf`), format: 'A4' });
  }
  await page.close();
  return seen;
}

const results = {};
for (const file of pages) {
  results[basename(file)] = { light: await visit(file, 'light'), dark: await visit(file, 'dark') };
}
await context.close();
rmSync(profile, { recursive: true, force: true });
process.stdout.write(JSON.stringify(results));
