import type {
  Accessor,
  ApiKey,
  AuditEvent,
  BrowserSession,
  HostedFile,
  IndividualToken,
  LinkedIdentity,
  LoginSession,
  Member,
  NewAuditEvent,
  OidcArtifact,
  OneTimeLink,
  Organization,
  PyxLogin,
  RefreshToken,
  Registry,
  Revocation,
  Role,
  Seat,
  ServiceAccount,
  SigningKey,
  SiteToken,
  Subscription,
  TrustedIssuer,
  User,
  View,
  ViewGrant,
} from '../model.ts';

/**
 * The storage port: everything that the service keeps in its database, grouped by aggregate.
 *
 * Rules for implementations (the contract suite in the test kit checks them on every backend):
 * - `insert` of an existing key MUST throw `StorageError('conflict')`; an update of a missing row, and a row that
 *   refers to a missing one, MUST throw `StorageError('not-found')`; an unreachable or full database MUST throw
 *   `StorageError('unavailable')`.
 * - A look-up of something absent answers `undefined`, never throws. Lists are in order of creation unless said.
 * - State changes that may race are conditional updates: exactly one caller wins, the others are told.
 * - What was acknowledged survives a kill of the process at any moment.
 */
export type Storage = {
  readonly users: UserStorage;
  readonly organizations: OrganizationStorage;
  readonly browserSessions: BrowserSessionStorage;
  readonly loginSessions: LoginSessionStorage;
  readonly apiKeys: ApiKeyStorage;
  readonly organizationTokens: OrganizationTokenStorage;
  readonly serviceAccounts: ServiceAccountStorage;
  readonly registries: RegistryStorage;
  readonly hostedFiles: HostedFileStorage;
  readonly trustedAccess: TrustedAccessStorage;
  readonly pyxLogins: PyxLoginStorage;
  readonly oidcArtifacts: OidcArtifactStorage;
  readonly signingKeys: SigningKeyStorage;
  readonly oneTimeLinks: OneTimeLinkStorage;
  readonly revocations: RevocationStorage;
  readonly audit: AuditStorage;
  /**
   * Runs `work` in one serializable transaction; a throw rolls everything back, and so does an error of a nested
   * call that `work` swallows. Nested calls join the outer one, also on the outer storage: inside `work` its changes
   * take part in the transaction, while its look-ups see only what is committed. `work` may run more than once
   * when a concurrent transaction gets in its way, so it must not act on anything but the storage.
   */
  transaction<T>(work: (storage: Storage) => Promise<T>): Promise<T>;
  /** Deletes rows whose time of keeping (docs/storage-schema.md) is over at `now`, at most `limit` of each kind; answers how many. */
  sweep(now: number, limit: number): Promise<number>;
  /** Answers when a trivial query does; throws `StorageError('unavailable')` otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

/**
 * `too-new`: the database was written by a newer program. `unsupported`: no such database can be used, for example
 * on a network file system. Both are answers of opening only.
 */
export type StorageErrorCode = 'conflict' | 'not-found' | 'unavailable' | 'too-new' | 'unsupported';

export class StorageError extends Error {
  readonly code: StorageErrorCode;
  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StorageError';
    this.code = code;
  }
}

export type UserStorage = {
  insert(user: User): Promise<void>;
  get(id: string): Promise<User | undefined>;
  findByEmail(email: string): Promise<User | undefined>;
  list(): Promise<User[]>;
  update(id: string, change: Partial<Pick<User, 'name' | 'passwordHash' | 'disabledAt'>>): Promise<void>;
  linkIdentity(identity: LinkedIdentity): Promise<void>;
  findByIdentity(provider: string, subject: string): Promise<User | undefined>;
};

export type Membership = { organization: Organization; role: Role };

export type OrganizationStorage = {
  insert(organization: Organization): Promise<void>;
  get(id: string): Promise<Organization | undefined>;
  findBySlug(slug: string): Promise<Organization | undefined>;
  list(): Promise<Organization[]>;
  update(id: string, change: Partial<Pick<Organization, 'title' | 'suspendedAt'>>): Promise<void>;
  readonly members: MemberStorage;
  readonly seats: SeatStorage;
  readonly subscriptions: SubscriptionStorage;
};

export type MemberStorage = {
  /** Adds the member, or changes the role of an existing one; never demotes the last owner. */
  put(member: Member): Promise<'stored' | 'last-owner'>;
  get(orgId: string, userId: string): Promise<Member | undefined>;
  list(orgId: string): Promise<(Member & { user: User })[]>;
  listOfUser(userId: string): Promise<Membership[]>;
  /** Removes the member and the member's seat, unless it is the last owner. */
  remove(orgId: string, userId: string): Promise<'removed' | 'missing' | 'last-owner'>;
};

export type SeatStorage = {
  /** Gives a member a seat while fewer than `limit` are taken; taking one's own seat again is `assigned`. */
  assign(seat: Seat, limit: number): Promise<'assigned' | 'full'>;
  release(orgId: string, userId: string): Promise<boolean>;
  list(orgId: string): Promise<Seat[]>;
};

export type SubscriptionStorage = {
  put(subscription: Subscription): Promise<void>;
  get(orgId: string): Promise<Subscription | undefined>;
};

export type BrowserSessionStorage = {
  insert(session: BrowserSession): Promise<void>;
  findBySecretHash(hash: string): Promise<BrowserSession | undefined>;
  touch(id: string, lastSeenAt: number): Promise<void>;
  delete(id: string): Promise<void>;
  deleteOfUser(userId: string): Promise<number>;
  listOfUser(userId: string): Promise<BrowserSession[]>;
};

export type LoginSessionStorage = {
  /** Inserts the session together with its first refresh token. */
  open(session: LoginSession, first: RefreshToken): Promise<void>;
  get(id: string): Promise<LoginSession | undefined>;
  listOfUser(userId: string): Promise<LoginSession[]>;
  /** Idempotent; answers whether this call ended it. */
  revoke(id: string, at: number, reason: string): Promise<boolean>;
  revokeOfUser(userId: string, at: number, reason: string): Promise<string[]>;
  findToken(hash: string): Promise<RefreshToken | undefined>;
  /**
   * The rotation: marks `hash` as rotated and inserts its successor, provided that `hash` is still current and its
   * session is not revoked. Exactly one of any number of concurrent callers gets `rotated`; once a revocation of the
   * session was acknowledged, none does. `rotatedAt` becomes the successor's `createdAt`.
   */
  rotate(
    hash: string,
    successor: RefreshToken,
    sealedSuccessor: string,
    session: { lastUsedAt: number; idleExpiresAt: number },
  ): Promise<'rotated' | 'lost' | 'revoked'>;
  /** Marks the first use of a token; later calls change nothing. */
  markUsed(hash: string, at: number): Promise<void>;
};

export type ApiKeyStorage = {
  insert(key: ApiKey): Promise<void>;
  get(id: string): Promise<ApiKey | undefined>;
  findBySecretHash(hash: string): Promise<ApiKey | undefined>;
  listOfOwner(ownerId: string): Promise<ApiKey[]>;
  listOfOrganization(orgId: string): Promise<ApiKey[]>;
  /** Idempotent; answers whether this call ended it. */
  revoke(id: string, at: number): Promise<boolean>;
  /** Ends the keys of an owner, only those of one organization when `orgId` is given; answers their ids. */
  revokeOfOwner(ownerId: string, at: number, orgId?: string): Promise<string[]>;
  /** Batched by the caller; a lost write is harmless. */
  touch(uses: { id: string; lastUsedAt: number }[]): Promise<void>;
};

export type OrganizationTokenStorage = {
  /** Ends the user's former individual token and inserts the new one as one step. */
  reissueIndividual(token: IndividualToken): Promise<void>;
  findIndividual(hash: string): Promise<IndividualToken | undefined>;
  currentIndividual(orgId: string, userId: string): Promise<IndividualToken | undefined>;
  revokeIndividual(orgId: string, userId: string, at: number): Promise<boolean>;
  insertSite(token: SiteToken): Promise<void>;
  findSite(hash: string): Promise<SiteToken | undefined>;
  listSite(orgId: string): Promise<SiteToken[]>;
  revokeSite(id: string, at: number): Promise<boolean>;
};

export type ServiceAccountStorage = {
  insert(account: ServiceAccount): Promise<void>;
  get(id: string): Promise<ServiceAccount | undefined>;
  list(orgId: string): Promise<ServiceAccount[]>;
  disable(id: string, at: number): Promise<boolean>;
};

export type RegistryStorage = {
  insert(registry: Registry): Promise<void>;
  get(id: string): Promise<Registry | undefined>;
  list(orgId: string): Promise<Registry[]>;
  insertView(view: View): Promise<void>;
  listViews(orgId: string): Promise<View[]>;
  putGrant(grant: ViewGrant): Promise<void>;
  listGrants(granteeKind: ViewGrant['granteeKind'], granteeId: string): Promise<ViewGrant[]>;
};

export type HostedFileStorage = {
  /** `conflict` when the registry ever had a file of that name. */
  insert(file: HostedFile): Promise<void>;
  get(registryId: string, filename: string): Promise<HostedFile | undefined>;
  listOfProject(registryId: string, project: string): Promise<HostedFile[]>;
  listProjects(registryId: string): Promise<string[]>;
  setYanked(registryId: string, filename: string, reason: string | null): Promise<void>;
};

export type TrustedAccessStorage = {
  insertIssuer(issuer: TrustedIssuer): Promise<void>;
  /** The organization's own and the built-in ones. */
  listIssuers(orgId: string): Promise<TrustedIssuer[]>;
  insertAccessor(accessor: Accessor): Promise<void>;
  getAccessor(id: string): Promise<Accessor | undefined>;
  listAccessors(orgId: string): Promise<Accessor[]>;
  disableAccessor(id: string, at: number): Promise<boolean>;
  /** Records the use of an identity token until `expiresAt` (leeway included); false when it was used before. */
  claimReplayKey(issuerId: string, key: string, expiresAt: number): Promise<boolean>;
};

export type PyxLoginStorage = {
  /** Inserts a pending login unless one with that id exists; answers the stored one. */
  open(login: PyxLogin): Promise<PyxLogin>;
  get(idHash: string): Promise<PyxLogin | undefined>;
  /** Binds a pending login to the browser session that first shows it; false when another one has it. */
  claim(idHash: string, browserSessionId: string): Promise<boolean>;
  /** pending → approved or denied, by the claiming browser session only. */
  settle(
    idHash: string,
    browserSessionId: string,
    outcome: { state: 'approved'; userId: string } | { state: 'denied' },
  ): Promise<boolean>;
  /** approved → collected: the single winner gets the user. */
  collect(idHash: string): Promise<{ userId: string } | undefined>;
  /** Pending logins of an address that have not expired at `now`. */
  countPending(ip: string, now: number): Promise<number>;
};

export type OidcArtifactStorage = {
  /** Inserts or replaces; what was consumed stays consumed. */
  put(artifact: OidcArtifact): Promise<void>;
  get(model: string, id: string): Promise<OidcArtifact | undefined>;
  findByUserCode(model: string, userCode: string): Promise<OidcArtifact | undefined>;
  findByUid(model: string, uid: string): Promise<OidcArtifact | undefined>;
  /** Single winner: false when it was consumed before. */
  consume(model: string, id: string, at: number): Promise<boolean>;
  delete(model: string, id: string): Promise<void>;
  deleteOfGrant(model: string, grantId: string): Promise<void>;
};

export type SigningKeyStorage = {
  insert(key: SigningKey): Promise<void>;
  /** Every key that is not retired at `now`. */
  listPublished(now: number): Promise<SigningKey[]>;
  retire(kid: string, at: number): Promise<void>;
};

export type OneTimeLinkStorage = {
  insert(link: OneTimeLink): Promise<void>;
  find(secretHash: string): Promise<OneTimeLink | undefined>;
  /** Single winner; undefined when unknown, used or expired at `now`. */
  use(secretHash: string, now: number): Promise<OneTimeLink | undefined>;
};

export type RevocationStorage = {
  /** Inserts or raises `notBefore`, and increases the epoch. Call it in the transaction of the change itself. */
  add(revocations: Revocation[]): Promise<void>;
  list(now: number): Promise<Revocation[]>;
  /** Increases the epoch only: something that decisions depend on has changed (roles, views, subscriptions). */
  bump(): Promise<void>;
  /** A counter that every node polls; it changes whenever a cached decision may be out of date. */
  epoch(): Promise<number>;
};

export type AuditStorage = {
  append(event: NewAuditEvent): Promise<void>;
  /** Newest first, below `before` when given. */
  list(filter: {
    orgId?: string;
    actor?: string;
    action?: string;
    before?: number;
    limit: number;
  }): Promise<AuditEvent[]>;
  /** Recomputes the hash chain; answers the sequence of the first broken event. */
  verify(): Promise<number | undefined>;
};
