import { fileURLToPath } from 'node:url';
import { StorageError } from '../core/ports/storage.ts';

export type Address =
  | { kind: 'sqlite'; path: string }
  | { kind: 'sqlite-temporary' }
  | { kind: 'postgres'; url: string };

/**
 * Reads a database URL: `sqlite:///absolute/path`, `sqlite::memory:` or `postgres://…` (also `postgresql://`).
 * Throws `StorageError('unsupported')`; the message never repeats the URL, which may hold a password.
 */
export function parseAddress(url: string): Address {
  if (url === 'sqlite::memory:') return { kind: 'sqlite-temporary' };
  if (/^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url)) return { kind: 'postgres', url };
  const path = /^sqlite:\/\/(\/.+)$/.exec(url)?.[1];
  if (path !== undefined && URL.canParse(`file://${path}`)) return { kind: 'sqlite', path: pathOf(path) };
  throw unsupported();
}

function pathOf(path: string): string {
  const file = new URL(`file://${path}`);
  try {
    const decoded = fileURLToPath(file);
    if (file.search === '' && file.hash === '' && !decoded.includes('\0')) return decoded;
  } catch {
    // An encoded separator or a malformed escape; said below.
  }
  throw unsupported();
}

function unsupported(): StorageError {
  return new StorageError(
    'unsupported',
    'the database URL is none of sqlite:///absolute/path, sqlite::memory: and postgres://user@host/database',
  );
}
