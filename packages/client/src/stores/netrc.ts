import {
  type Credential,
  type NetrcEntry,
  ProtocolError,
  parseHttpUrl,
  parseNetrc,
  removeNetrcEntry,
  setNetrcEntry,
} from '@pkgauth/protocol';
import { lockFile, netrcFile } from '../config/index.ts';
import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';
import { type FileEntry, type FileFormat, fileStore, usernameOf } from './file-store.ts';
import { tokenUser, userOf } from './matching.ts';
import type { CredentialStore } from './store.ts';

const hostOf = (service: string): string => parseHttpUrl(service)?.hostname ?? '';

/** Names that no URL can have are other programs' business. Of several entries for a host, clients use the last. */
const entryOf = ({ machine, login, password, line }: NetrcEntry): FileEntry[] => {
  const service = `https://${machine ?? ''}/`;
  if (machine === undefined || hostOf(service) !== machine) return [];
  return [{ service, credential: { kind: 'basic', username: login, password }, line, hostOnly: true }];
};

const asNetrcHasIt = (credential: Credential): Parameters<typeof setNetrcEntry>[2] => {
  if (credential.kind === 'basic') return credential;
  if (credential.kind === 'api-key') return { username: tokenUser, password: credential.key };
  throw new ProtocolError('unsupported', 'netrc holds user names and passwords only');
};

const format: FileFormat = {
  kinds: ['basic', 'api-key'],
  entries: (text) => parseNetrc(text).flatMap(entryOf).reverse(),
  set: (text, service, credential) => setNetrcEntry(text, hostOf(service), asNetrcHasIt(credential)),
  remove: (text, service, username) => {
    const isTheirs = ({ service: own, credential }: FileEntry): boolean =>
      hostOf(own) === hostOf(service) &&
      (username === undefined || userOf(usernameOf(credential)) === username);
    const isThere = parseNetrc(text).flatMap(entryOf).some(isTheirs);
    return isThere ? removeNetrcEntry(text, hostOf(service)) : undefined;
  },
};

const wholeHost = (service: string): string => `https://${hostOf(service)}/`;

/** netrc has no notation for a path: what is stored for one would be sent to all of the host. */
const requireWholeHost = (service: string, path: string): void => {
  if (parseHttpUrl(service)?.pathname === '/') return;
  throw new ClientError('store-unsuited', `the store netrc (${path}) holds credentials for whole hosts only`);
};

/**
 * The netrc file that curl, pip, uv, conda and rattler read: one user name and password for a host, for all of its ports.
 * The `default` entry is left to those programs: we send nobody's password to a host that was not named.
 */
export const openNetrc = async (context: Context): Promise<CredentialStore | undefined> => {
  const [path, lock] = [await netrcFile(context), lockFile(context, 'netrc')];
  if (path === undefined || lock === undefined) return undefined;
  const store = fileStore(context, { name: 'netrc', path, lock, emptyIsLoss: false, format });
  return {
    ...store,
    get: (service, username) => store.get(wholeHost(service), username),
    set: async (service, credential) => {
      requireWholeHost(service, path);
      await store.set?.(wholeHost(service), credential);
    },
    delete: async (service, username) => (await store.delete?.(wholeHost(service), username)) ?? false,
  };
};
