import type { Credential } from '@pkgauth/protocol';

/**
 * A place where credentials are kept. Keys are canonical service URLs (`https://host[:port]/[path]`).
 *
 * Not found is `undefined`, never an exception. A store that cannot be asked throws `ClientError` with
 * `store-unavailable`, `store-locked`, `store-corrupt` or `store-readonly`. Read-only stores omit the writers.
 */
export type CredentialStore = {
  /** Stable name for `list`, `status`, `--store` and messages. */
  readonly name: string;
  /** Where it is, for people: a path or a keyring's name. */
  readonly location: string;
  get(service: string, username?: string): Promise<StoredCredential | undefined>;
  /** Services only; never reads a secret (a keychain would prompt). */
  list(): Promise<StoredService[]>;
  set?(service: string, credential: Credential): Promise<void>;
  /** Answers whether something was deleted. */
  delete?(service: string, username?: string): Promise<boolean>;
};

export type StoredService = { service: string; username?: string; kind: Credential['kind'] };
/** `origin` says where in the store the entry stands (file and line), for `explain`. */
export type StoredCredential = { credential: Credential; service: string; origin: string };
