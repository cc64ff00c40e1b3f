import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Storage } from '../../core/ports/storage.ts';
import { apiKeyStorage } from './api-keys.ts';
import { auditStorage } from './audit.ts';
import { browserSessionStorage } from './browser-sessions.ts';
import type { Backend, Handle } from './handle.ts';
import { hostedFileStorage } from './hosted-files.ts';
import { loginSessionStorage } from './login-sessions.ts';
import { oidcArtifactStorage } from './oidc-artifacts.ts';
import { oneTimeLinkStorage } from './one-time-links.ts';
import { organizationTokenStorage } from './organization-tokens.ts';
import { organizationStorage } from './organizations.ts';
import { pyxLoginStorage } from './pyx-logins.ts';
import { registryStorage } from './registries.ts';
import { revocationStorage } from './revocations.ts';
import { serviceAccountStorage } from './service-accounts.ts';
import { signingKeyStorage } from './signing-keys.ts';
import { sweep } from './sweep.ts';
import type { Tables } from './tables.ts';
import { trustedAccessStorage } from './trusted-access.ts';
import { userStorage } from './users.ts';

/** A transaction while its `work` runs. */
type OpenTransaction = {
  storage: Storage;
  handle: Handle;
  open: boolean;
  /** The first error of a nested call: it stopped half-way, so the whole must not be committed. */
  failure: { error: unknown } | undefined;
};

/** Puts the port together from a database's own parts and the SQL that all databases share. */
export function createStorage(backend: Backend): Storage {
  // Names the transaction whose `work` is running, so that services which hold the outer storage take part in it
  // rather than wait for it, which on a database with one writer would be for ever.
  const running = new AsyncLocalStorage<OpenTransaction>();
  const current = () => {
    const transaction = running.getStore();
    return transaction?.open ? transaction : undefined;
  };
  const handle: Handle = {
    read: backend.reader,
    get write() {
      return current()?.handle.write ?? backend.writer;
    },
    atomically: (work) =>
      current()?.handle.atomically(work) ?? backend.transaction('step', (db) => work(stepHandle(db))),
  };
  return {
    ...aggregates(handle),
    transaction: (work) => current()?.storage.transaction(work) ?? runTransaction(backend, running, work),
    ping: async () => {
      await sql`select 1`.execute(backend.reader);
    },
    close: () => backend.close(),
  };
}

function runTransaction<T>(
  backend: Backend,
  running: AsyncLocalStorage<OpenTransaction>,
  work: (storage: Storage) => Promise<T>,
): Promise<T> {
  return backend.transaction('serializable', async (db) => {
    const transaction = createTransaction(db);
    try {
      const result = await running.run(transaction, () => work(transaction.storage));
      if (transaction.failure) throw transaction.failure.error;
      return result;
    } finally {
      transaction.open = false;
    }
  });
}

function createTransaction(db: Kysely<Tables>): OpenTransaction {
  const joining = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      transaction.failure ??= { error };
      throw error;
    }
  };
  const handle: Handle = { read: db, write: db, atomically: (work) => joining(() => work(handle)) };
  const storage: Storage = {
    ...aggregates(handle),
    transaction: (work) => joining(() => work(storage)),
    ping: async () => {
      await sql`select 1`.execute(db);
    },
    close: () => Promise.reject(new TypeError('a storage cannot be closed inside its transaction')),
  };
  const transaction: OpenTransaction = { storage, handle, open: true, failure: undefined };
  return transaction;
}

function stepHandle(db: Kysely<Tables>): Handle {
  const handle: Handle = { read: db, write: db, atomically: (work) => work(handle) };
  return handle;
}

function aggregates(handle: Handle): Omit<Storage, 'transaction' | 'ping' | 'close'> {
  return {
    users: userStorage(handle),
    organizations: organizationStorage(handle),
    browserSessions: browserSessionStorage(handle),
    loginSessions: loginSessionStorage(handle),
    apiKeys: apiKeyStorage(handle),
    organizationTokens: organizationTokenStorage(handle),
    serviceAccounts: serviceAccountStorage(handle),
    registries: registryStorage(handle),
    hostedFiles: hostedFileStorage(handle),
    trustedAccess: trustedAccessStorage(handle),
    pyxLogins: pyxLoginStorage(handle),
    oidcArtifacts: oidcArtifactStorage(handle),
    signingKeys: signingKeyStorage(handle),
    oneTimeLinks: oneTimeLinkStorage(handle),
    revocations: revocationStorage(handle),
    audit: auditStorage(handle),
    sweep: (now, limit) => sweep(handle, now, limit),
  };
}
