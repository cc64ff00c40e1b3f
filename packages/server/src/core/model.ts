/**
 * The entities of pkgauth, one type per table, in the words of the product.
 *
 * Conventions: every `…At` is an integer of milliseconds since the Unix epoch; `null` means "not set";
 * every `…Hash` is the lower-case hex SHA-256 of a secret (the secret itself is never stored);
 * ids are opaque strings with a readable prefix (`usr_`, `org_`, …).
 */

export type Role = 'owner' | 'admin' | 'member';
export const roles = ['owner', 'admin', 'member'] as const satisfies readonly Role[];

export type User = {
  id: string;
  /** NFKC-normalised, lower-cased, exactly one `@`; unique. */
  email: string;
  name: string;
  /** argon2id PHC string, or null when the user signs in through an identity provider only. */
  passwordHash: string | null;
  createdAt: number;
  disabledAt: number | null;
};

/** A login at an identity provider; the key is provider + subject, never the e-mail address. */
export type LinkedIdentity = {
  provider: string;
  subject: string;
  userId: string;
  email: string | null;
  createdAt: number;
  lastUsedAt: number | null;
};

export type Organization = {
  id: string;
  /** `[a-z0-9][a-z0-9-]{0,62}`; unique. `public` is reserved for the service's own public views. */
  slug: string;
  title: string;
  createdAt: number;
  suspendedAt: number | null;
};

export type Member = { orgId: string; userId: string; role: Role; createdAt: number };

export type Seat = { orgId: string; userId: string; assignedAt: number };

export type Subscription = {
  orgId: string;
  plan: string;
  seats: number;
  startsAt: number;
  endsAt: number;
  cancelledAt: number | null;
};

/** A person's signed-in browser. */
export type BrowserSession = {
  id: string;
  secretHash: string;
  userId: string;
  createdAt: number;
  lastSeenAt: number;
  /** Absolute end; idle expiry is judged by `lastSeenAt`. */
  expiresAt: number;
  /** When the password or identity provider was last used. */
  authenticatedAt: number;
  ip: string;
  userAgent: string;
};

/** Which conversation opened a login session. */
export type Door = 'oauth' | 'pyx' | 'anaconda';

/** One OAuth login of one device: a family of rotating refresh tokens. */
export type LoginSession = {
  id: string;
  userId: string;
  clientId: string;
  door: Door;
  scope: string;
  /** What the person recognises the device by: program and version from the User-Agent. */
  label: string;
  ip: string;
  createdAt: number;
  lastUsedAt: number;
  idleExpiresAt: number;
  expiresAt: number;
  revokedAt: number | null;
  revokedReason: string | null;
};

/**
 * One member of a login session's family. Exactly one row of a session has `rotatedAt: null`: the current one.
 * A rotated row keeps its successor sealed under a key derived from the rotated token itself, so that only the
 * holder of the old token can be given the same successor again.
 */
export type RefreshToken = {
  hash: string;
  sessionId: string;
  generation: number;
  createdAt: number;
  /** First time that this token was presented; decides whether its predecessor may still be replayed. */
  usedAt: number | null;
  rotatedAt: number | null;
  successorHash: string | null;
  sealedSuccessor: string | null;
};

export type KeyOwner = 'user' | 'service-account';
export const validityDays = [7, 14, 30, 90, 365] as const;
export type ValidityDays = (typeof validityDays)[number];

export type ApiKey = {
  id: string;
  ownerKind: KeyOwner;
  ownerId: string;
  orgId: string;
  name: string;
  secretHash: string;
  createdAt: number;
  expiresAt: number;
  lastUsedAt: number | null;
  revokedAt: number | null;
};

/** A seat holder's organization token for conda; issuing another ends this one. */
export type IndividualToken = {
  id: string;
  orgId: string;
  userId: string;
  secretHash: string;
  createdAt: number;
  expiresAt: number;
  revokedAt: number | null;
};

/** One token for a whole organization. */
export type SiteToken = {
  id: string;
  orgId: string;
  name: string;
  secretHash: string;
  createdBy: string;
  createdAt: number;
  expiresAt: number;
  revokedAt: number | null;
};

export type ServiceAccount = {
  id: string;
  orgId: string;
  name: string;
  createdAt: number;
  disabledAt: number | null;
};

export type RegistryKind = 'pypi' | 'conda';

/** `upstreamUrl: null` means hosted: uploads land here. */
export type Registry = {
  id: string;
  orgId: string;
  /** `[a-z0-9][a-z0-9._-]{0,62}`; unique within the organization. */
  name: string;
  kind: RegistryKind;
  upstreamUrl: string | null;
  /** The upstream's own credential, sealed with the service's key. */
  sealedUpstreamCredential: string | null;
  createdAt: number;
};

/** A named, read-only composition of registries. Names share the organization's registry name space. */
export type View = {
  id: string;
  orgId: string;
  name: string;
  /** Readable by every authenticated principal of the service. */
  public: boolean;
  /** The default view composes every registry of its organization; its `registryIds` is empty. */
  isDefault: boolean;
  /** In order of precedence. */
  registryIds: string[];
  createdAt: number;
};

export type GranteeKind = 'service-account' | 'accessor' | 'api-key';
/** Access to one view (or, with `viewId: null`, the whole organization) for what is not a member. */
export type ViewGrant = { orgId: string; viewId: string | null; granteeKind: GranteeKind; granteeId: string };

/** A file of a hosted PyPI registry. (registryId, filename) is unique for ever, also after a yank. */
export type HostedFile = {
  registryId: string;
  filename: string;
  /** PEP 503 normalised. */
  project: string;
  version: string;
  sha256: string;
  /** Bytes. */
  size: number;
  requiresPython: string | null;
  /** SHA-256 of the PEP 658 metadata file, null when the distribution has none. */
  metadataSha256: string | null;
  /** PEP 592: null = not yanked, else the reason (may be empty). */
  yanked: string | null;
  uploadedAt: number;
  uploadedBy: string;
};

/** An OpenID Connect issuer whose identity tokens may be exchanged; `orgId: null` is built in. */
export type TrustedIssuer = {
  id: string;
  orgId: string | null;
  provider: string;
  issuer: string;
  /** Inline JWK Set (JSON) for issuers that the service cannot reach. */
  jwks: string | null;
  createdAt: number;
  disabledAt: number | null;
};

export type AccessorPurpose = 'read' | 'publish';

/** A rule that lets CI jobs exchange their identity token: a trusted accessor (read) or publisher. */
export type Accessor = {
  id: string;
  orgId: string;
  issuerId: string;
  purpose: AccessorPurpose;
  name: string;
  /** Patterns and pinned ids by claim name, as the provider's claim table declares them. */
  constraints: Record<string, string>;
  replay: 'single-use' | 'until-expiry';
  /** Life of a minted token, seconds. */
  tokenSeconds: number;
  createdBy: string;
  createdAt: number;
  lastUsedAt: number | null;
  disabledAt: number | null;
};

/** A pyx-style browser login that waits for approval; keyed by the hash of the client's UUID. */
export type PyxLogin = {
  idHash: string;
  state: 'pending' | 'approved' | 'denied' | 'collected';
  userId: string | null;
  /** Browser session that opened the approval page first; only it may approve. */
  claimedBy: string | null;
  ip: string;
  userAgent: string;
  createdAt: number;
  expiresAt: number;
};

export type SigningAlgorithm = 'ES256' | 'RS256';
export type SigningKey = {
  kid: string;
  algorithm: SigningAlgorithm;
  /** Private JWK (JSON), sealed with the service's key. */
  sealedPrivateJwk: string;
  publicJwk: string;
  createdAt: number;
  /** Published from `createdAt`, signs from here. */
  activeAt: number;
  /** Leaves the JWKS here. */
  retiredAt: number | null;
};

/** A state of the authorization server's own protocol objects (code, device code, interaction, grant, …). */
export type OidcArtifact = {
  model: string;
  /** Hash for models whose id is a secret. */
  id: string;
  payload: Record<string, unknown>;
  grantId: string | null;
  userCode: string | null;
  uid: string | null;
  expiresAt: number | null;
  consumedAt: number | null;
};

/** A secret that works once: first sign-in link, password reset, invitation. */
export type OneTimeLink = {
  secretHash: string;
  purpose: 'sign-in';
  userId: string;
  createdAt: number;
  expiresAt: number;
  usedAt: number | null;
};

/**
 * Access tokens of `subject` that were issued at or before `notBefore` are dead.
 * `subject` is `session:<id>`, `user:<id>`, `api-key:<id>`, `accessor:<id>` or `token:<jti>`.
 */
export type Revocation = { subject: string; notBefore: number; expiresAt: number };

export type AuditEvent = {
  /** Increases by one with every event; assigned by storage. */
  sequence: number;
  at: number;
  /** `user:<id>`, `service-account:<id>`, `accessor:<id>`, `system` or `anonymous`. */
  actor: string;
  /** `subject.verb`, for example `api-key.create`. */
  action: string;
  orgId: string | null;
  /** Id of what was acted on; never a secret. */
  target: string | null;
  detail: Record<string, unknown>;
  ip: string | null;
  requestId: string | null;
  /** SHA-256 over the previous event's hash and this event's canonical JSON. */
  hash: string;
};
export type NewAuditEvent = Omit<AuditEvent, 'sequence' | 'hash'>;
