import type { Credential } from '@pkgauth/protocol';
import type { ClientError } from '../errors.ts';
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
  /** The entry that applies to a URL: one from the environment, else the most specific service, else the first store. */
  find(url: string, username?: string): Promise<Entry | undefined>;
  /** Every entry of a service, active one first; what `logout` revokes at the server before `remove`. */
  entries(service: string, username?: string): Promise<{ found: Entry[]; failures: StoreFailure[] }>;
  list(): Promise<{ services: ListedService[]; failures: StoreFailure[] }>;
  /**
   * Stores a login in the store that was asked for by name, else in the first that works, and removes what it replaces
   * from our other stores. Says nothing itself: the answer names the store for the one-line notice. Throws the named
   * store's own error (CS03).
   */
  save(service: string, credential: Credential): Promise<{ store: StoreName; location: string }>;
  /** Removes a login from every store that can be written, cached access tokens included (CS18, CS20). */
  remove(service: string, username?: string): Promise<{ removed: StoreName[]; failures: StoreFailure[] }>;
};
