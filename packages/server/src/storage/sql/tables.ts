import type * as model from '../../core/model.ts';

/**
 * The rows as SQL sees them: the model's own types, except where SQL has no such type. Column names are the
 * snake_case of these names; `docs/storage-schema.md` describes each table.
 */
export type Tables = {
  users: model.User;
  linkedIdentities: model.LinkedIdentity;
  /** `revision` is a lock: whoever decides over members, seats or names of an organization increases it first. */
  organizations: model.Organization & { revision: number };
  members: model.Member;
  seats: model.Seat;
  subscriptions: model.Subscription;
  browserSessions: model.BrowserSession;
  loginSessions: model.LoginSession;
  refreshTokens: model.RefreshToken;
  apiKeys: model.ApiKey;
  individualTokens: model.IndividualToken;
  siteTokens: model.SiteToken;
  serviceAccounts: model.ServiceAccount;
  registries: model.Registry;
  views: Omit<model.View, 'public' | 'isDefault' | 'registryIds'> & { public: Flag; isDefault: Flag };
  viewRegistries: { viewId: string; registryId: string; position: number };
  viewGrants: model.ViewGrant;
  hostedFiles: model.HostedFile;
  trustedIssuers: model.TrustedIssuer;
  accessors: Omit<model.Accessor, 'constraints'> & { constraints: Json };
  replayKeys: { issuerId: string; keyHash: string; expiresAt: number };
  pyxLogins: model.PyxLogin;
  oidcArtifacts: Omit<model.OidcArtifact, 'payload'> & { payload: Json };
  signingKeys: model.SigningKey;
  oneTimeLinks: model.OneTimeLink;
  revocations: model.Revocation;
  revocationEpoch: { id: 1; value: number };
  auditEvents: Omit<model.AuditEvent, 'detail'> & { detail: Json };
  auditHead: { id: 1; sequence: number; hash: string };
};

/** A boolean; SQLite has none. */
export type Flag = 0 | 1;
/** JSON text. */
export type Json = string;

export const flag = (value: boolean): Flag => (value ? 1 : 0);
