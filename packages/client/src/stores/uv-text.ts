import {
  type Credential,
  normalizeService,
  ProtocolError,
  parseUvCredentials,
  removeUvCredential,
  setUvCredential,
  uvService,
} from '@pkgauth/protocol';
import { pathsOf, uvCredentialsDirectory } from '../config/index.ts';
import type { Context } from '../context.ts';
import { type FileFormat, fileStore, usernameOf } from './file-store.ts';
import { tokenUser } from './matching.ts';
import type { CredentialStore } from './store.ts';

/** uv has no notion of a key: it sends one as the password of `__token__`. */
const asUvHasIt = (credential: Credential): Parameters<typeof setUvCredential>[2] => {
  if (credential.kind === 'basic' || credential.kind === 'bearer') return credential;
  if (credential.kind === 'api-key') {
    return { kind: 'basic', username: tokenUser, password: credential.key };
  }
  throw new ProtocolError('unsupported', 'credentials.toml cannot hold a login session');
};

/** The service as uv stores it; undefined for one that uv never stores: http to another machine. */
const storable = (service: string): string | undefined => {
  try {
    return uvService(service);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'insecure-url') return undefined;
    throw error;
  }
};

const format: FileFormat = {
  kinds: ['basic', 'bearer', 'api-key'],
  entries: (text) =>
    parseUvCredentials(text).map((entry) => ({ ...entry, service: normalizeService(entry.service) })),
  set: (text, service, credential) => setUvCredential(text, service, asUvHasIt(credential)),
  remove: (text, service, username) => {
    const named = storable(service);
    if (named === undefined) return undefined;
    const stored = normalizeService(named);
    const isThere = parseUvCredentials(text).some(
      (entry) =>
        normalizeService(entry.service) === stored &&
        (username === undefined || (usernameOf(entry.credential).username ?? tokenUser) === username),
    );
    return isThere ? removeUvCredential(text, stored) : undefined;
  },
};

/** uv's credentials.toml, read by every uv from 0.8.15: one entry for a service, whatever the user. */
export const openUvText = async (context: Context): Promise<CredentialStore | undefined> => {
  const directory = await uvCredentialsDirectory(context);
  if (directory === undefined) return undefined;
  const path = pathsOf(context).join(directory, 'credentials.toml');
  const store = fileStore(context, {
    name: 'uv-text',
    path,
    lock: `${path}.lock`,
    emptyIsLoss: true,
    format,
  });
  return {
    ...store,
    get: async (service, username) => {
      const stored = storable(service);
      return stored === undefined ? undefined : store.get(stored, username);
    },
  };
};
