import { type Browser, chromium as playwright } from 'playwright-core';
import { partPath } from './parts.ts';

/** The system's Chromium, headless and quiet: it asks nothing of the network but what a page asks. Close it, or `await using`. */
export function chromium(): Promise<Browser> {
  return playwright.launch({
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
