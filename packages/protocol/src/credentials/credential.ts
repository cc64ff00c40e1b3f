import type { Secret } from './secret.ts';

/** User name and password, sent as HTTP Basic. Tokens of PyPI-like indexes have the user name `__token__`. */
export type BasicCredential = {
  readonly kind: 'basic';
  readonly username: string;
  readonly password: Secret;
};

/** A token that is sent as it is. */
export type BearerCredential = { readonly kind: 'bearer'; readonly token: Secret };

/** A login session at a host that speaks our (pyx's) login protocol: rotated by whoever refreshes it. */
export type SessionCredential = {
  readonly kind: 'session';
  readonly accessToken: Secret;
  readonly refreshToken: Secret;
  /** End of the access token, milliseconds since the Unix epoch; absent when the server did not say. */
  readonly expiresAt?: number;
  /** When the tokens were received, by the clock of this machine, same unit: judges them after that clock has changed. */
  readonly receivedAt?: number;
  /** When the server refused the refresh token, same unit: only a new login helps. */
  readonly refusedAt?: number;
};

/** A long-lived key, sent as it is or exchanged for access tokens. */
export type ApiKeyCredential = { readonly kind: 'api-key'; readonly key: Secret };

export type Credential = BasicCredential | BearerCredential | SessionCredential | ApiKeyCredential;
export type CredentialKind = Credential['kind'];
