import type {
  ApiKey,
  BrowserSession,
  Door,
  LoginSession,
  Role,
  SigningAlgorithm,
  User,
  ValidityDays,
} from './model.ts';
import type { CredentialVerifier, Epoch, RequestContext } from './ports/index.ts';
import type { Principal } from './principal.ts';

/**
 * The services of the authorization core, as doors, pages and the administration see them. Every one of them writes
 * its audit event in the transaction of the change, and takes a revocation into force before it answers.
 *
 * `by` is the actor string of the audit event (`actorOf(principal)`, or `system` for the command line).
 * Refusals are `ServiceError`s with their code, if not said otherwise.
 */
export type Services = {
  readonly verifier: CredentialVerifier;
  readonly epoch: Epoch & Poll;
  readonly signingKeys: SigningKeys;
  readonly users: Users;
  readonly members: Members;
  readonly passwords: Passwords;
  readonly browserSessions: BrowserSessions;
  readonly signInLinks: SignInLinks;
  readonly sessions: Sessions;
  readonly refresh: Refresh;
  readonly apiKeys: ApiKeys;
  readonly pyxLogins: PyxLogins;
};

/** Something that works in the background between `start` and `stop`. */
export type Poll = { start(): void; stop(): void };

/** Who made a change, and the request that asked for it; `request: null` for the command line. */
export type By = { actor: string; request: RequestContext | null };

export type Users = {
  /** `conflict` when the address is taken, `invalid-request` when it is none. The address is normalised. */
  create(input: { email: string; name: string; password: string | null }, by: By): Promise<User>;
  findByEmail(email: string): Promise<User | undefined>;
  /** Ends every login session and browser session of the user. */
  setPassword(userId: string, password: string, by: By): Promise<void>;
  /** Ends every session; keys are refused for as long as the user is disabled. `not-found` for an unknown id. */
  disable(userId: string, by: By): Promise<void>;
  enable(userId: string, by: By): Promise<void>;
};

export type Members = {
  /** Adds the member or changes the role; in force at once, also for access tokens that carry the former role. */
  put(orgId: string, userId: string, role: Role, by: By): Promise<'stored' | 'last-owner'>;
  /** Ends the member's keys of the organization, its individual token and its seat. */
  remove(orgId: string, userId: string, by: By): Promise<'removed' | 'missing' | 'last-owner'>;
};

export type Passwords = {
  /**
   * The user whose e-mail address and password these are, `undefined` when they do not belong together; takes as long
   * for an unknown address. `rate-limited` after 10 tries in 5 minutes per account and per address, 1,000 in all.
   */
  check(email: string, password: string, request: RequestContext): Promise<User | undefined>;
};

export type SignedInBrowser = { session: BrowserSession; user: User };

export type BrowserSessions = {
  /** `secret` is the cookie's value, known only here. The session behind `former` (an older cookie) ends. */
  open(
    userId: string,
    former: string | undefined,
    request: RequestContext,
  ): Promise<{ secret: string; session: BrowserSession }>;
  /** `undefined` when unknown, expired (12 hours) or its user is disabled. */
  find(secret: string): Promise<SignedInBrowser | undefined>;
  /** Whether the person proved the own identity within the last 30 minutes. */
  isFresh(session: BrowserSession): boolean;
  /** The principal behind a signed-in browser, for `decide`. */
  principal(signedIn: SignedInBrowser): Promise<Principal>;
  end(secret: string): Promise<void>;
  /** Those that have not ended, newest first. */
  listOfUser(userId: string): Promise<BrowserSession[]>;
  /** Signs another browser of the same user out. Idempotent; false when the user has no such session. */
  endOne(sessionId: string, userId: string, by: By): Promise<boolean>;
};

export type SignInLinks = {
  /** A secret for `/sign-in/link/<secret>` that works once within 24 hours. */
  create(userId: string, by: By): Promise<string>;
  /** Whether the link would still work; changes nothing, so that prefetching does not burn it. */
  isOpen(secret: string): Promise<boolean>;
  /** The user, for the single caller that uses it first. */
  use(secret: string, request: RequestContext): Promise<User | undefined>;
};

/** What every door answers after a login or a refresh. */
export type IssuedTokens = {
  accessToken: string;
  /** Seconds until the access token expires. */
  expiresIn: number;
  refreshToken: string;
  scope: string;
  sessionId: string;
};

export type NewSession = {
  userId: string;
  clientId: string;
  door: Door;
  scope: string;
  request: RequestContext;
};

export type Sessions = {
  /** `invalid-grant` when the user is disabled. */
  open(input: NewSession): Promise<IssuedTokens>;
  listOfUser(userId: string): Promise<LoginSession[]>;
  /** Idempotent; false when there is no such session of that user. Its tokens are refused from here on. */
  revoke(sessionId: string, userId: string, reason: string, by: By): Promise<boolean>;
  revokeOfUser(userId: string, reason: string, by: By): Promise<number>;
  /** RFC 7009: ends the session behind a refresh token; a token that is unknown or another client's changes nothing. */
  revokeByRefreshToken(token: string, clientId: string, request: RequestContext): Promise<void>;
  /**
   * Ends what an access token stands for: its login session, or the one token when it was minted from a key.
   * Accepts an expired token whose signature is ours; false for any other text.
   */
  revokeByAccessToken(token: string, request: RequestContext): Promise<boolean>;
};

export type RefreshRequest = {
  token: string;
  /** The OAuth client that presents the token, which must be the one it was issued to; null where clients have no id. */
  clientId: string | null;
  /** Space-separated; may narrow, never widen. */
  scope: string | undefined;
  request: RequestContext;
};

export type Refresh = {
  /**
   * The successor pair of a refresh token. Callers that race with the same token get the same pair.
   * `invalid-grant` when the token is unknown, expired, revoked or reused; reuse ends its session.
   * `invalid-request` when `scope` is wider than the session's.
   */
  exchange(input: RefreshRequest): Promise<IssuedTokens>;
};

export type NewApiKey = {
  owner: { kind: 'user' | 'service-account'; id: string };
  orgId: string;
  name: string;
  validityDays: ValidityDays;
};

export type ApiKeys = {
  /** `key` is shown once. `forbidden` when the owner does not belong to the organization or is disabled. */
  create(input: NewApiKey, by: By): Promise<{ apiKey: ApiKey; key: string }>;
  /** An access token for the key of an `Authorization` header. Refused as the verifier would refuse the key. */
  exchange(
    authorization: string | undefined,
    request: RequestContext,
  ): Promise<{ accessToken: string; expiresIn: number }>;
  listOfOwner(ownerId: string): Promise<ApiKey[]>;
  /** Idempotent; false when the owner has no such key. */
  revoke(keyId: string, ownerId: string, by: By): Promise<boolean>;
} & Poll;

/** A login at `/auth/cli/login/<uuid>` that waits for a person's click. */
export type PyxLoginView = {
  /** Program and version that ask, from the User-Agent of the first poll; null while only the page was opened. */
  program: string | null;
  ip: string;
  createdAt: number;
  expiresAt: number;
};

export type PyxLogins = {
  /** Opens the login when it is new and binds it to this browser. `undefined`: ended, unknown, or another browser's. */
  show(uuid: string, browser: SignedInBrowser, request: RequestContext): Promise<PyxLoginView | undefined>;
  /** False when it is not this browser's, or was settled or expired before. */
  approve(uuid: string, browser: SignedInBrowser, request: RequestContext): Promise<boolean>;
  deny(uuid: string, browser: SignedInBrowser, request: RequestContext): Promise<boolean>;
  /** Waits up to ten seconds for the outcome; the single collector of an approved login gets its tokens. */
  poll(uuid: string, request: RequestContext, signal: AbortSignal): Promise<PyxPoll>;
};
export type PyxPoll = { kind: 'pending' } | { kind: 'denied' } | { kind: 'approved'; tokens: IssuedTokens };

/** What asks at an OAuth approval page. */
export type ClientView = { id: string; name: string };

export type AuthorizationView = {
  client: ClientView;
  scope: string[];
  /** Where the answer goes: scheme, host and port. */
  redirectOrigin: string;
  /** The person must have proved the own identity after this moment (ms); null = any signed-in browser will do. */
  signedInAfter: number | null;
  loginHint: string | null;
};

/** Requests of `/oauth2/authorize` that wait at `/oauth2/interaction/<uid>`; `cookies` is the `Cookie` header. */
export type Authorizations = {
  /** `undefined` when unknown, expired, or begun in another browser. */
  show(uid: string, cookies: string | undefined): Promise<AuthorizationView | undefined>;
  /** The address to continue at with 303; `undefined` as for `show`. */
  approve(
    uid: string,
    cookies: string | undefined,
    browser: SignedInBrowser,
    request: RequestContext,
  ): Promise<string | undefined>;
  deny(uid: string, cookies: string | undefined, request: RequestContext): Promise<string | undefined>;
};

export type DeviceView = {
  /** `XXXX-XXXX`, to be compared with what the device shows. */
  userCode: string;
  client: ClientView;
  scope: string[];
  ip: string;
  /** From the User-Agent of the device. */
  program: string;
  createdAt: number;
  expiresAt: number;
};

/** Device logins (RFC 8628) that wait at `/activate`. Codes are accepted in any case, with or without the hyphen. */
export type DeviceApprovals = {
  /** Binds the code to this browser. `undefined`: unknown, ended, or another browser's. `rate-limited` by wrong tries. */
  show(userCode: string, browser: SignedInBrowser, request: RequestContext): Promise<DeviceView | undefined>;
  approve(userCode: string, browser: SignedInBrowser, request: RequestContext): Promise<boolean>;
  deny(userCode: string, browser: SignedInBrowser, request: RequestContext): Promise<boolean>;
};

export type PublishedKey = { kid: string; algorithm: SigningAlgorithm; publicJwk: Record<string, unknown> };

export type SigningKeys = {
  /** Loads the keys and makes the first ones. Throws `StartupError` when the service's secret is not theirs. */
  load(): Promise<void>;
  published(): readonly PublishedKey[];
  /** Publishes new keys that sign from ten minutes on; the former leave when their last token has expired. */
  rotate(by: By): Promise<void>;
  /** Takes a key out at once; every token that it signed is dead. */
  withdraw(kid: string, by: By): Promise<void>;
};
