import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Tokens } from './forms.ts';

/** The command line as it is shipped: one file. `npm test` builds it. */
export function builtClient(): string {
  const path = join(resolve(import.meta.dirname, '../..'), 'packages/client/dist/cli.cjs');
  if (!existsSync(path)) throw new Error('the client is not built: run npm run build');
  return path;
}

/** Puts a login whose access token has just ended into the file store of a home. */
export function storeExpiredLogin(home: string, service: string, tokens: Tokens): string {
  const directory = join(home, '.local/share/pkgauth');
  const path = join(directory, 'credentials.json');
  const now = Date.now();
  const session = {
    kind: 'session',
    ...tokens,
    expires_at: now - 1_000,
    received_at: now - 3_601_000,
  };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const document = { version: 1, credentials: { [`${service}/`]: session } };
  writeFileSync(path, JSON.stringify(document), { mode: 0o600 });
  return path;
}
