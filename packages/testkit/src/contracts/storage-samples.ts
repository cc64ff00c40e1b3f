import { randomBytes } from 'node:crypto';
import type {
  Accessor,
  ApiKey,
  BrowserSession,
  HostedFile,
  IndividualToken,
  LoginSession,
  NewAuditEvent,
  OidcArtifact,
  OneTimeLink,
  Organization,
  PyxLogin,
  RefreshToken,
  Registry,
  ServiceAccount,
  SigningKey,
  SiteToken,
  Storage,
  TrustedIssuer,
  User,
  View,
} from '@pkgauth/server/storage';

/** Complete entities with new ids and secrets, so that tests which share a database do not meet. */
export const start = Date.UTC(2026, 0, 1);
export const minute = 60_000;
export const day = 24 * 60 * minute;

export const fresh = (prefix: string) => `${prefix}_${randomBytes(9).toString('hex')}`;
export const freshHash = () => randomBytes(32).toString('hex');

export const user = (change: Partial<User> = {}): User => ({
  id: fresh('usr'),
  email: `${fresh('person')}@example.com`,
  name: 'Ada “Ψ” Example',
  passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
  createdAt: start,
  disabledAt: null,
  ...change,
});

export const organization = (change: Partial<Organization> = {}): Organization => ({
  id: fresh('org'),
  slug: fresh('org').replace('_', '-'),
  title: 'Acme',
  createdAt: start,
  suspendedAt: null,
  ...change,
});

export const browserSession = (userId: string, change: Partial<BrowserSession> = {}): BrowserSession => ({
  id: fresh('bse'),
  secretHash: freshHash(),
  userId,
  createdAt: start,
  lastSeenAt: start,
  expiresAt: start + day,
  authenticatedAt: start,
  ip: '127.0.0.1',
  userAgent: 'Browser/1',
  ...change,
});

export const loginSession = (userId: string, change: Partial<LoginSession> = {}): LoginSession => ({
  id: fresh('ses'),
  userId,
  clientId: 'pkgauth',
  door: 'oauth',
  scope: 'openid offline_access',
  label: 'pkgauth 0.1 on Linux',
  ip: '::1',
  createdAt: start,
  lastUsedAt: start,
  idleExpiresAt: start + 30 * day,
  expiresAt: start + 365 * day,
  revokedAt: null,
  revokedReason: null,
  ...change,
});

export const refreshToken = (sessionId: string, change: Partial<RefreshToken> = {}): RefreshToken => ({
  hash: freshHash(),
  sessionId,
  generation: 1,
  createdAt: start,
  usedAt: null,
  rotatedAt: null,
  successorHash: null,
  sealedSuccessor: null,
  ...change,
});

export const apiKey = (ownerId: string, orgId: string, change: Partial<ApiKey> = {}): ApiKey => ({
  id: fresh('key'),
  ownerKind: 'user',
  ownerId,
  orgId,
  name: 'laptop',
  secretHash: freshHash(),
  createdAt: start,
  expiresAt: start + 365 * day,
  lastUsedAt: null,
  revokedAt: null,
  ...change,
});

export const individualToken = (
  orgId: string,
  userId: string,
  change: Partial<IndividualToken> = {},
): IndividualToken => ({
  id: fresh('ind'),
  orgId,
  userId,
  secretHash: freshHash(),
  createdAt: start,
  expiresAt: start + 365 * day,
  revokedAt: null,
  ...change,
});

export const siteToken = (orgId: string, change: Partial<SiteToken> = {}): SiteToken => ({
  id: fresh('sit'),
  orgId,
  name: 'build farm',
  secretHash: freshHash(),
  createdBy: 'system',
  createdAt: start,
  expiresAt: start + 365 * day,
  revokedAt: null,
  ...change,
});

export const serviceAccount = (orgId: string, change: Partial<ServiceAccount> = {}): ServiceAccount => ({
  id: fresh('sva'),
  orgId,
  name: fresh('robot'),
  createdAt: start,
  disabledAt: null,
  ...change,
});

export const registry = (orgId: string, change: Partial<Registry> = {}): Registry => ({
  id: fresh('reg'),
  orgId,
  name: fresh('registry'),
  kind: 'pypi',
  upstreamUrl: 'http://127.0.0.1:9/simple/',
  sealedUpstreamCredential: 'sealed',
  createdAt: start,
  ...change,
});

export const view = (orgId: string, change: Partial<View> = {}): View => ({
  id: fresh('vie'),
  orgId,
  name: fresh('view'),
  public: false,
  isDefault: false,
  registryIds: [],
  createdAt: start,
  ...change,
});

export const hostedFile = (registryId: string, change: Partial<HostedFile> = {}): HostedFile => ({
  registryId,
  filename: `${fresh('widget')}-1.0-py3-none-any.whl`,
  project: 'widget',
  version: '1.0',
  sha256: freshHash(),
  size: 5_000_000_000,
  requiresPython: '>=3.9',
  metadataSha256: freshHash(),
  yanked: null,
  uploadedAt: start,
  uploadedBy: 'user:usr_1',
  ...change,
});

export const trustedIssuer = (orgId: string | null, change: Partial<TrustedIssuer> = {}): TrustedIssuer => ({
  id: fresh('iss'),
  orgId,
  provider: 'generic',
  issuer: 'https://ci.example.com',
  jwks: '{"keys":[]}',
  createdAt: start,
  disabledAt: null,
  ...change,
});

export const accessor = (orgId: string, issuerId: string, change: Partial<Accessor> = {}): Accessor => ({
  id: fresh('acc'),
  orgId,
  issuerId,
  purpose: 'read',
  name: 'ci',
  constraints: { repository: 'acme/*', repository_owner_id: '42' },
  replay: 'single-use',
  tokenSeconds: 900,
  createdBy: 'user:usr_1',
  createdAt: start,
  lastUsedAt: null,
  disabledAt: null,
  ...change,
});

export const pyxLogin = (change: Partial<PyxLogin> = {}): PyxLogin => ({
  idHash: freshHash(),
  state: 'pending',
  userId: null,
  claimedBy: null,
  ip: '127.0.0.1',
  userAgent: 'uv/0.12.6',
  createdAt: start,
  expiresAt: start + 15 * minute,
  ...change,
});

export const oidcArtifact = (change: Partial<OidcArtifact> = {}): OidcArtifact => ({
  model: 'DeviceCode',
  id: freshHash(),
  payload: { kind: 'DeviceCode', nested: { list: [1, 'two', null] }, text: 'é "\\ \u2028' },
  grantId: fresh('grant'),
  userCode: fresh('code'),
  uid: fresh('uid'),
  expiresAt: start + 15 * minute,
  consumedAt: null,
  ...change,
});

export const signingKey = (change: Partial<SigningKey> = {}): SigningKey => ({
  kid: fresh('kid'),
  algorithm: 'ES256',
  sealedPrivateJwk: 'sealed',
  publicJwk: '{"kty":"EC"}',
  createdAt: start,
  activeAt: start + 10 * minute,
  retiredAt: null,
  ...change,
});

export const oneTimeLink = (userId: string, change: Partial<OneTimeLink> = {}): OneTimeLink => ({
  secretHash: freshHash(),
  purpose: 'sign-in',
  userId,
  createdAt: start,
  expiresAt: start + 15 * minute,
  usedAt: null,
  ...change,
});

export const auditEvent = (change: Partial<NewAuditEvent> = {}): NewAuditEvent => ({
  at: start,
  actor: 'system',
  action: 'user.create',
  orgId: null,
  target: fresh('usr'),
  detail: { email: 'ada@example.com' },
  ip: '127.0.0.1',
  requestId: fresh('req'),
  ...change,
});

/** Stores a new user. */
export async function storedUser(storage: Storage, change: Partial<User> = {}): Promise<User> {
  const stored = user(change);
  await storage.users.insert(stored);
  return stored;
}

/** Stores a new organization with one owner, who was stored with it. */
export async function storedOrganization(storage: Storage): Promise<{ org: Organization; owner: User }> {
  const org = organization();
  await storage.organizations.insert(org);
  return { org, owner: await storedMember(storage, org, 'owner') };
}

/** Stores a new user as a member of `org`. */
export async function storedMember(
  storage: Storage,
  org: Organization,
  role: 'owner' | 'admin' | 'member' = 'member',
): Promise<User> {
  const stored = await storedUser(storage);
  await storage.organizations.members.put({ orgId: org.id, userId: stored.id, role, createdAt: start });
  return stored;
}

/** Opens a login session of a new user; answers it with its first token. */
export async function storedSession(
  storage: Storage,
): Promise<{ session: LoginSession; first: RefreshToken; owner: User }> {
  const owner = await storedUser(storage);
  const session = loginSession(owner.id);
  const first = refreshToken(session.id);
  await storage.loginSessions.open(session, first);
  return { session, first, owner };
}
