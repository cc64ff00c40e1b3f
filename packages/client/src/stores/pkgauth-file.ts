import { parsePkgauthCredentials, removePkgauthCredential, setPkgauthCredential } from '@pkgauth/protocol';
import { credentialsFile, lockFile } from '../config/index.ts';
import type { Context } from '../context.ts';
import { type FileFormat, fileStore } from './file-store.ts';
import { refreshLockName } from './refresh-lock.ts';
import type { CredentialStore } from './store.ts';

const format: FileFormat = {
  kinds: ['session', 'api-key', 'bearer', 'basic'],
  entries: parsePkgauthCredentials,
  set: setPkgauthCredential,
  remove: removePkgauthCredential,
};

/**
 * Our own file, 0600, for machines without a keyring: `PKGAUTH_CREDENTIALS_FILE`, else credentials.json in the platform's
 * data directory. Undefined without a place for it (CS14).
 */
export const openPkgauthFile = async (context: Context): Promise<CredentialStore | undefined> => {
  const path = credentialsFile(context);
  if (path === undefined) return undefined;
  return fileStore(context, {
    name: 'pkgauth-file',
    path,
    lock: `${path}.lock`,
    emptyIsLoss: true,
    format,
    refreshLock: (service) => lockFile(context, refreshLockName(context, service)) ?? `${path}.refresh.lock`,
  });
};
