import { type CredentialKind, ProtocolError, parseHttpUrl } from '@pkgauth/protocol';
import type { StoredService } from './store.ts';

/**
 * Which entries the keyring has, without their secrets: so that listing never makes a keychain prompt, and a look-up that
 * finds nothing never starts a process.
 */
export type KeyringIndex = readonly StoredService[];

const kinds: readonly string[] = ['basic', 'bearer', 'session', 'api-key'] satisfies CredentialKind[];

const refuse = (reason: string): never => {
  throw new ProtocolError('syntax', reason);
};

const readEntry = (value: unknown): StoredService => {
  const { service, kind, username } = (value ?? {}) as Record<string, unknown>;
  if (typeof service !== 'string' || parseHttpUrl(service) === undefined)
    return refuse('an entry has no service');
  if (typeof kind !== 'string' || !kinds.includes(kind)) return refuse('an entry has no known kind');
  if (username !== undefined && typeof username !== 'string')
    return refuse("an entry's username is not a string");
  return { service, kind: kind as CredentialKind, ...(username === undefined ? {} : { username }) };
};

/** Reads an index; `''` is an empty one. Throws `ProtocolError`. */
export const parseKeyringIndex = (text: string): KeyringIndex => {
  if (text === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('this is not JSON');
  }
  const { version, entries } = (value ?? {}) as Record<string, unknown>;
  if (version !== 1) throw new ProtocolError('unsupported', 'an index of another version');
  return Array.isArray(entries) ? entries.map(readEntry) : refuse('there are no entries');
};

export const formatKeyringIndex = (index: KeyringIndex): string =>
  `${JSON.stringify({ version: 1, entries: index }, null, 2)}\n`;
