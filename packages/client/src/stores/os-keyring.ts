import type { Credential } from '@pkgauth/protocol';
import { besideCredentials, lockFile } from '../config/index.ts';
import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';
import { formatCredential, parseCredential, sameCredential } from './credential-text.ts';
import { usernameOf } from './file-store.ts';
import { formatKeyringIndex, type KeyringIndex, parseKeyringIndex } from './keyring-index.ts';
import { deleteSecret, readSecret, writeSecret } from './keyring-secret.ts';
import { bestMatch, isEntryOf, tokenUser } from './matching.ts';
import { refreshLockName } from './refresh-lock.ts';
import type { CredentialStore, HeldEntry, StoredCredential, StoredService } from './store.ts';
import { lockLimit, readingFormat, textFile } from './text-file.ts';

const places: Record<Context['platform'], string> = {
  linux: 'Secret Service',
  darwin: 'login keychain',
  win32: 'Credential Manager',
};

/** The account of an entry under the service name `pkgauth`: the service URL, and the user after a space. */
const accountOf = ({ service, username }: Pick<StoredService, 'service' | 'username'>): string =>
  username === undefined ? service : `${service} ${username}`;

const sameKey = (a: StoredService, b: StoredService): boolean =>
  isEntryOf(a, b.service) && a.username === b.username;

const readCredential = async (context: Context, account: string): Promise<Credential | undefined> => {
  const text = await readSecret(context, account);
  if (text === undefined) return undefined;
  const credential = parseCredential(text);
  if (credential !== undefined) return credential;
  throw new ClientError('store-corrupt', `the keyring entry ${account} is not one that pkgauth wrote`, {
    hint: `secret-tool clear service pkgauth username '${account}'`,
  });
};

type Index = {
  read(): Promise<KeyringIndex>;
  /** Runs `work` with the index of this moment, and with nobody else at work on index or keyring. */
  change<T>(
    work: (index: KeyringIndex, save: (next: KeyringIndex) => Promise<void>) => Promise<T>,
  ): Promise<T>;
};

const openIndex = (context: Context, path: string): Index => {
  const lock = `${path}.lock`;
  const file = textFile(context, { path, lock, emptyIsLoss: true });
  const read = (): Promise<KeyringIndex> => file.read(parseKeyringIndex);
  return {
    read,
    change: (work) =>
      context.files.withLock(lock, lockLimit, async () => {
        const text = (await context.files.read(path)) ?? '';
        const index = readingFormat(path, () => parseKeyringIndex(text));
        return work(index, (next) => context.files.write(path, formatKeyringIndex(next)));
      }),
  };
};

const writers = (context: Context, index: Index): Required<Pick<CredentialStore, 'set' | 'delete'>> => ({
  set: async (service, credential) => {
    const entry = { service, kind: credential.kind, ...usernameOf(credential) };
    const account = accountOf(entry);
    // Starts the keyring's process, and finds out that it is locked, before anybody has to wait for us.
    await readSecret(context, account);
    await index.change(async (entries, save) => {
      // Index first: a secret that it does not know would never be found again, not even to be deleted.
      await save([...entries.filter((other) => !sameKey(other, entry)), entry]);
      try {
        await writeSecret(context, account, formatCredential(credential));
      } catch (error) {
        await save(entries);
        throw error;
      }
    });
  },
  delete: async (service, username) => {
    const isDoomed = (entry: StoredService): boolean => isEntryOf(entry, service, username);
    if (!(await index.read()).some(isDoomed)) return false;
    return index.change(async (entries, save) => {
      const doomed = entries.filter(isDoomed);
      for (const entry of doomed) await deleteSecret(context, accountOf(entry));
      await save(entries.filter((entry) => !isDoomed(entry)));
      return doomed.length > 0;
    });
  },
});

/**
 * The operating system's keyring: one entry for each service and user under the service name `pkgauth`, and `keyring.json`
 * beside our credentials file that says which there are. Undefined without a place for that file.
 */
export const openOsKeyring = async (context: Context): Promise<CredentialStore | undefined> => {
  const path = besideCredentials(context, 'keyring.json');
  if (path === undefined) return undefined;
  const index = openIndex(context, path);

  const get = async (service: string, username?: string): Promise<StoredCredential | undefined> => {
    const entry = (await index.read()).find((candidate) => isEntryOf(candidate, service, username));
    if (entry === undefined) return undefined;
    const account = accountOf(entry);
    const credential = await readCredential(context, account);
    const origin = `${places[context.platform]}, service pkgauth, account ${account}`;
    return credential === undefined ? undefined : { service: entry.service, credential, origin };
  };

  const replace: (service: string) => HeldEntry['replace'] = (service) => (expected, next) =>
    index.change(async (entries) => {
      const entry = entries.find((candidate) => isEntryOf(candidate, service, tokenUser));
      if (entry === undefined) return false;
      const current = await readCredential(context, accountOf(entry));
      if (current === undefined || !sameCredential(current, expected)) return false;
      await writeSecret(context, accountOf(entry), formatCredential(next));
      return true;
    });

  return {
    name: 'os-keyring',
    location: places[context.platform],
    match: async (candidate, username) => bestMatch(await index.read(), candidate, username),
    get,
    list: index.read,
    ...writers(context, index),
    hold: (service, limit, work, instead) => {
      const lock = lockFile(context, refreshLockName(context, service)) ?? `${path}.refresh.lock`;
      const entry = { read: () => get(service, tokenUser), replace: replace(service) };
      return context.files.withLock(lock, limit, () => work(entry), instead);
    },
  };
};
