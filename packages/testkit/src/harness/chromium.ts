import type { Browser } from 'playwright-core';
import { partPath } from './parts.ts';

/** The system's Chromium, headless and quiet: it asks nothing of the network but what a page asks. Close it, or `await using`. */
export async function chromium(): Promise<Browser> {
  // Loading it costs more than a second, which only tests with a browser should pay.
  const { chromium: playwright } = await import('playwright-core');
  return await playwright.launch({
    executablePath: partPath('chromium'),
    args: [
      // Chromium refuses its sandbox to root, which is what containers run tests as.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-proxy-server',
    ],
  });
}
