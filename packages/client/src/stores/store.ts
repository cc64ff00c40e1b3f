import type { Credential, ServiceCandidate } from '@pkgauth/protocol';

/** Names for `--store`, `PKGAUTH_STORE`, `list` and messages. */
export type StoreName = 'env' | 'os-keyring' | 'pkgauth-file' | 'pyx-tokens' | 'uv-text' | 'netrc' | 'memory';

/**
 * A place where credentials are kept. Keys are canonical service URLs (`https://host[:port]/[path]`, as `normalizeService` makes them); a
 * basic credential's user name belongs to the key, so that a service may have several. Every other kind has the user
 * `__token__`, which its entry does not name.
 *
 * Not found is `undefined`, never an exception. A store that cannot be asked throws `ClientError` with
 * `store-unavailable`, `store-locked` or `store-corrupt`; one that cannot hold a kind of credential, `store-unsuited`.
 * Read-only stores omit the writers.
 */
export type CredentialStore = {
  readonly name: StoreName;
  /** Where it is, for people: a path or a keyring's name. */
  readonly location: string;
  /** The most specific entry that applies, for any user or this one; never reads a keychain's secret. */
  match(candidate: ServiceCandidate, username?: string): Promise<StoredService | undefined>;
  get(service: string, username?: string): Promise<StoredCredential | undefined>;
  /** Services only; never reads a keychain's secret (it would prompt). */
  list(): Promise<readonly StoredService[]>;
  /** Adds the entry or replaces the one with the same service and user name. */
  set?(service: string, credential: Credential): Promise<void>;
  /** Answers whether something was deleted. Without a user name, every entry of the service. */
  delete?(service: string, username?: string): Promise<boolean>;
  /**
   * Runs `work` under the lock that everybody who refreshes this entry takes. Other writers do not wait for it (a logout
   * acts at once), hence the compare-and-set in `HeldEntry`. `instead` is asked while another process holds the lock: an
   * answer ends the waiting. Present in stores that hold login sessions.
   */
  hold?<T>(
    service: string,
    limit: number,
    work: (entry: HeldEntry) => Promise<T>,
    instead?: () => Promise<T | undefined>,
  ): Promise<T>;
};

/** A session entry under its refresh lock. */
export type HeldEntry = {
  read(): Promise<StoredCredential | undefined>;
  /** Replaces the entry if it is still `expected`; otherwise changes nothing and answers false (LF22, CS21). */
  replace(expected: Credential, next: Credential): Promise<boolean>;
};

/** `hostOnly`: the entry applies to every port and scheme of the host (netrc). */
export type StoredService = {
  readonly service: string;
  readonly username?: string;
  readonly kind: Credential['kind'];
  readonly hostOnly?: true;
};
/** `origin` says where in the store the entry stands (file and line), for `explain`. */
export type StoredCredential = {
  readonly credential: Credential;
  readonly service: string;
  readonly origin: string;
};
