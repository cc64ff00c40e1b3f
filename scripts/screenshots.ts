/**
 * Pictures of every page in both colour schemes and three widths, into .cache/screenshots; names the pages whose
 * content is wider than the window. Needs Chromium.
 *
 *     node --conditions=@pkgauth/source scripts/screenshots.ts [NAME-PART]
 */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { iconSvg, page } from '../packages/server/src/http/pages/layout.ts';
import { stylesheet } from '../packages/server/src/http/pages/stylesheet.ts';
import { pageSamples } from './page-samples.ts';

const directory = join(import.meta.dirname, '..', '.cache', 'screenshots');
const widths = [390, 768, 1440];
const schemes = ['light', 'dark'] as const;
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const samples = pageSamples();
const wanted = process.argv[2] ?? '';
mkdirSync(directory, { recursive: true });

const server = createServer((request, response) => {
  const name = decodeURIComponent((request.url ?? '').slice(1));
  const frame = { stylesheet: '/style.css', icon: '/icon.svg', host: 'packages.example.com' };
  const content = samples.get(name);
  if (name === 'style.css') response.setHeader('Content-Type', 'text/css').end(stylesheet);
  else if (name === 'icon.svg') response.setHeader('Content-Type', 'image/svg+xml').end(iconSvg);
  else if (content === undefined) response.writeHead(404).end();
  else response.setHeader('Content-Type', 'text/html; charset=utf-8').end(String(page(frame, content)));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: flags,
});
const tooWide: string[] = [];
for (const width of widths)
  for (const scheme of schemes) tooWide.push(...(await takeAll(browser, width, scheme)));
await browser.close();
server.close();
console.log(`${samples.size} pages, ${widths.length} widths, ${schemes.length} schemes: ${directory}`);
if (tooWide.length > 0) {
  console.error(`wider than the window: ${tooWide.join(', ')}`);
  process.exitCode = 1;
}

async function takeAll(
  from: Browser,
  width: number,
  colorScheme: (typeof schemes)[number],
): Promise<string[]> {
  const context = await from.newContext({
    viewport: { width, height: 900 },
    colorScheme,
    javaScriptEnabled: true,
  });
  const tab = await context.newPage();
  const wide: string[] = [];
  for (const name of [...samples.keys()].filter((one) => one.includes(wanted))) {
    await tab.goto(`${origin}/${name}`, { waitUntil: 'load' });
    await tab.screenshot({ path: join(directory, `${name}.${width}.${colorScheme}.png`), fullPage: true });
    if (await tab.evaluate('document.documentElement.scrollWidth > window.innerWidth'))
      wide.push(`${name} at ${width}`);
  }
  await context.close();
  return wide;
}
