import type { BasicCredential, BearerCredential, CredentialKind } from '@pkgauth/protocol';
import type { Context } from './context.ts';
import { ClientError } from './errors.ts';
import type { StoreName } from './stores/store.ts';

/** A credential that is ready to be sent, and where it came from. */
export type Resolved = {
  /** What to send; a session's or API key's access token has become a bearer. */
  readonly credential: BasicCredential | BearerCredential;
  /** What the store holds. */
  readonly kind: CredentialKind;
  readonly service: string;
  readonly store: StoreName;
  /** File and line, or the keyring's or variable's name. */
  readonly origin: string;
  /** End of the access token by this machine's clock, milliseconds since the Unix epoch; absent when unknown. */
  readonly expiresAt?: number;
};

export type ResolveOptions = {
  /** Only a credential of this user; sessions, API keys and bearer tokens have the user `__token__`. */
  readonly username?: string;
  /** Milliseconds that an access token must still be good for; default 300,000. */
  readonly minimumLifetime?: number;
};

/**
 * The credential for a request URL: matching → store → refresh. `undefined` when nothing applies; throws `ClientError`
 * (`login-needed` when there is a login that only a new one can replace, `credential-refused`, store and network codes).
 */
export const resolveCredential = async (
  _context: Context,
  _url: string,
  _options: ResolveOptions = {},
): Promise<Resolved | undefined> => {
  throw new ClientError('failed', 'not built yet');
};

export type AccessTokenOptions = {
  /** Refresh although the stored token looks fresh, unless another process did within the last 30 seconds. */
  readonly force?: boolean;
};

/** An access token for a service that the user has logged in to. Throws `login-needed` when there is no login. */
export const accessToken = async (
  _context: Context,
  _service: string,
  _options: AccessTokenOptions = {},
): Promise<Resolved> => {
  throw new ClientError('failed', 'not built yet');
};
