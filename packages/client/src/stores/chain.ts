import { type Credential, type ServiceCandidate, sameService } from '@pkgauth/protocol';
import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';
import { forgetCachedToken } from './access-token-cache.ts';
import { usernameOf } from './file-store.ts';
import { depthOf, isEntryOf, tokenUser, userOf } from './matching.ts';
import type { CredentialStore, StoredCredential, StoredService, StoreName } from './store.ts';

/** An entry and the store that it stands in. */
export type Entry = StoredCredential & { readonly store: CredentialStore };

/** `active`: no store that is read earlier has an entry for the same service and user (CS20). */
export type ListedService = StoredService & {
  readonly store: StoreName;
  readonly location: string;
  readonly active: boolean;
};

/** What went wrong in one store while others could be asked. */
export type StoreFailure = { readonly store: StoreName; readonly error: ClientError };

/** The stores of this run, in the order in which they are read and tried for writing. */
export type Chain = {
  readonly stores: readonly CredentialStore[];
  /** The entry that applies: one from the environment, else the most specific service, else the first store. */
  find(candidate: ServiceCandidate, username?: string): Promise<Entry | undefined>;
  /** Every entry of a service, active one first; what `logout` revokes at the server before `remove`. */
  entries(service: string, username?: string): Promise<{ found: Entry[]; failures: StoreFailure[] }>;
  list(): Promise<{ services: ListedService[]; failures: StoreFailure[] }>;
  /**
   * Stores a login in the store that was asked for by name, else in the first that works, and removes what it replaces
   * from our own other stores. The answer names the store for the one-line notice. Throws the named store's own error
   * (CS03); without a name, a warning says why a store was passed over.
   */
  save(service: string, credential: Credential): Promise<{ store: StoreName; location: string }>;
  /** Removes a login from every store that can be written, cached access tokens included (CS18, CS20). */
  remove(service: string, username?: string): Promise<{ removed: StoreName[]; failures: StoreFailure[] }>;
  /** How often this chain has saved or removed: what was found out before may no longer be so. */
  changes(): number;
};

export type ChainOptions = {
  /** Stores to read, first one first. */
  readonly stores: readonly CredentialStore[];
  /** Stores to try for writing; exactly one when it was asked for by name. */
  readonly writable: readonly CredentialStore[];
  /** Stores that nobody but us writes: an older entry in one of them is replaced wherever the new one goes. */
  readonly own: readonly CredentialStore[];
};

/** Asks every store; a failing one is reported beside the answers of the others. */
const askAll = async <T>(
  stores: readonly CredentialStore[],
  ask: (store: CredentialStore) => Promise<T>,
): Promise<{ answers: { store: CredentialStore; answer: T }[]; failures: StoreFailure[] }> => {
  const answers: { store: CredentialStore; answer: T }[] = [];
  const failures: StoreFailure[] = [];
  for (const store of stores) {
    try {
      answers.push({ store, answer: await ask(store) });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      failures.push({ store: store.name, error });
    }
  }
  return { answers, failures };
};

/** Order of preference among matches; sorting is stable, so equals stay in the order of their stores. */
const byPreference =
  (candidate: ServiceCandidate) =>
  (a: { store: CredentialStore; answer: StoredService }, b: typeof a): number => {
    const environment = Number(b.store.name === 'env') - Number(a.store.name === 'env');
    const deeper = (depthOf(b.answer) - depthOf(a.answer)) * (candidate.kind === 'url' ? 1 : -1);
    return environment || deeper;
  };

const finder =
  (context: Context, stores: readonly CredentialStore[]): Chain['find'] =>
  async (candidate, username) => {
    const matches = await askAll(stores, (store) => store.match(candidate, username));
    const failures = [...matches.failures];
    const present = matches.answers.flatMap(({ store, answer }) => (answer ? [{ store, answer }] : []));
    for (const { store, answer } of present.sort(byPreference(candidate))) {
      const { answers, failures: failed } = await askAll([store], () =>
        store.get(answer.service, userOf(answer)),
      );
      failures.push(...failed);
      const found = answers[0]?.answer;
      if (found === undefined) continue;
      for (const { store: name, error } of failures) context.warn(`${name}: ${error.message}`);
      return { ...found, store };
    }
    // Nothing was found, but one store could not say: that is not the same as "no credential".
    if (failures[0] !== undefined) throw failures[0].error;
    return undefined;
  };

const allEntries = async (
  stores: readonly CredentialStore[],
  service: string,
  username: string | undefined,
): Promise<{ found: Entry[]; failures: StoreFailure[] }> => {
  const { answers, failures } = await askAll(stores, async (store) => {
    const listed = (await store.list()).filter((entry) => isEntryOf(entry, service, username));
    // A store that cannot list what it holds (a directory of digests) can still be asked for the service.
    const users = listed.length > 0 ? listed.map(userOf) : [username ?? tokenUser];
    const entries = await Promise.all(users.map((user) => store.get(service, user)));
    return entries.flatMap((entry) => (entry === undefined ? [] : [{ ...entry, store }]));
  });
  return { found: answers.flatMap(({ answer }) => answer), failures };
};

const listAll = async (stores: readonly CredentialStore[]): ReturnType<Chain['list']> => {
  const { answers, failures } = await askAll(stores, (store) => store.list());
  const services: ListedService[] = [];
  for (const { store, answer } of answers) {
    for (const entry of answer) {
      const isShadowed = services.some(
        (earlier) => sameService(earlier.service, entry.service) && userOf(earlier) === userOf(entry),
      );
      services.push({ ...entry, store: store.name, location: store.location, active: !isShadowed });
    }
  }
  return { services, failures };
};

const noStore = (): ClientError =>
  new ClientError(
    'store-unavailable',
    'there is no place to keep a login: no home directory and no keyring',
    {
      hint: 'name a file for it: PKGAUTH_CREDENTIALS_FILE=/path/credentials.json',
    },
  );

/** Failures for which another store may stand in, when none was asked for by name. */
const isPassable = (error: unknown): error is ClientError =>
  error instanceof ClientError &&
  ['store-unavailable', 'store-locked', 'store-unsuited'].includes(error.code);

/** A session is judged by the time since it came, which is now unless whoever received it says otherwise. */
const withReceipt = (credential: Credential, now: number): Credential =>
  credential.kind === 'session' ? { receivedAt: now, ...credential } : credential;

const saver =
  (context: Context, { writable, own }: ChainOptions): Chain['save'] =>
  async (service, credential) => {
    let reason = noStore();
    for (const [place, store] of writable.entries()) {
      try {
        await store.set?.(service, withReceipt(credential, context.now()));
      } catch (error) {
        if (!isPassable(error)) throw error;
        reason = error;
        if (place < writable.length - 1) context.warn(`not kept in ${store.name}: ${error.message}`);
        continue;
      }
      const username = usernameOf(credential).username ?? tokenUser;
      const others = own.filter((other) => other !== store);
      const { failures } = await askAll(others, async (other) => other.delete?.(service, username));
      for (const { store: name, error } of failures) {
        context.warn(`${name} may still hold an older login to ${service}: ${error.message}`);
      }
      return { store: store.name, location: store.location };
    }
    throw reason;
  };

/** The chain over stores in their order. */
export const chainOf = (context: Context, options: ChainOptions): Chain => {
  const { stores } = options;
  const entries: Chain['entries'] = (service, username) => allEntries(stores, service, username);
  const save = saver(context, options);
  let changes = 0;
  return {
    stores,
    find: finder(context, stores),
    entries,
    list: () => listAll(stores),
    changes: () => changes,
    save: (service, credential) => {
      changes += 1;
      return save(service, credential);
    },
    remove: async (service, username) => {
      changes += 1;
      const { found } = await entries(service, username);
      for (const { credential } of found) {
        if (credential.kind === 'api-key') await forgetCachedToken(context, service, credential.key);
      }
      const { answers, failures } = await askAll(stores, async (store) => store.delete?.(service, username));
      return {
        removed: answers.flatMap(({ store, answer }) => (answer === true ? [store.name] : [])),
        failures,
      };
    },
  };
};
