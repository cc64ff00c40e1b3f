import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const preload = pathToFileURL(resolve(import.meta.dirname, 'moved-clock.mjs')).href;

/** A clock for a service that the test can put ahead while it runs; `env` goes into the service's environment. */
export type MovedClock = { readonly env: Record<string, string>; setAhead(milliseconds: number): void };

export function movedClock(directory: string): MovedClock {
  const file = join(directory, 'clock');
  const setAhead = (milliseconds: number) => writeFileSync(file, `${milliseconds}`);
  setAhead(0);
  return { env: { PKGAUTH_TEST_CLOCK: file, NODE_OPTIONS: `--import=${preload}` }, setAhead };
}
