import {
  type ApiKeyList,
  type CreatedApiKey,
  type ApiKey as DescribedKey,
  pkgauthEndpoints as endpoints,
  type LoginSessionList,
  newApiKey,
  type Whoami,
} from '@pkgauth/protocol/api';
import { type Context, Hono } from 'hono';
import { type Action, type Decision, decide, type Resource } from '../../core/decide.ts';
import { credentialError, ServiceError } from '../../core/errors.ts';
import { userStanding } from '../../core/identity/standing.ts';
import type { ApiKey, LoginSession } from '../../core/model.ts';
import type { Storage, Verified } from '../../core/ports/index.ts';
import { actorOf, type Principal } from '../../core/principal.ts';
import type { By, Services } from '../../core/services.ts';
import { readAuthorization } from '../../core/tokens/authorization-header.ts';
import type { HttpEnv } from '../environment.ts';
import { parseFields, readJsonObject } from './request-body.ts';

export type ApiSurfaceDeps = Pick<Services, 'verifier' | 'apiKeys' | 'sessions'> & { storage: Storage };

type Caller = Extract<Verified, { ok: true }>;
type Person = Extract<Principal, { kind: 'user' }>;
const self: Resource = { kind: 'self' };
const noStore = { 'Cache-Control': 'no-store' };

/**
 * The service's own API for programs that carry a token or key: who am I, my API keys, my logins. Times are RFC 3339,
 * errors problem details. What a body says beyond the fields named here is ignored: owner and organization of a key come
 * from the caller and from `decide`.
 */
export function apiSurface(deps: ApiSurfaceDeps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get(endpoints.whoami.path, async (c) => {
    const caller = await authenticate(c, deps);
    requireAllowed(caller.principal, 'profile.read', self);
    return c.json(await describeCaller(deps.storage, caller), 200, noStore);
  });
  addApiKeys(app, deps);
  addSessions(app, deps);
  return app;
}

function addApiKeys(app: Hono<HttpEnv>, deps: ApiSurfaceDeps): void {
  const { apiKeys, storage } = deps;
  app.get(endpoints.listApiKeys.path, async (c) => {
    const { userId } = await authorize(c, deps, 'api-key.list', self);
    const slugs = await slugsById(storage, userId);
    const keys = (await apiKeys.listOfOwner(userId)).filter((key) => key.revokedAt === null);
    const answer: ApiKeyList = { api_keys: keys.map((key) => describeKey(key, slugs.get(key.orgId))) };
    return c.json(answer, 200, noStore);
  });
  app.post(endpoints.createApiKey.path, async (c) => {
    await authenticate(c, deps);
    const {
      organization: slug,
      name,
      validity_days: validityDays,
    } = parseFields(newApiKey, await readJsonObject(c));
    const caller = await authorize(c, deps, 'api-key.create', { kind: 'organization', slug });
    const organization = await storage.organizations.findBySlug(slug);
    if (organization === undefined) throw notFound('organization');
    const owner = { kind: 'user', id: caller.userId } as const;
    const { apiKey, key } = await apiKeys.create(
      { owner, orgId: organization.id, name, validityDays },
      byOf(c, caller),
    );
    const answer: CreatedApiKey = { ...describeKey(apiKey, slug), key };
    return c.json(answer, 201, noStore);
  });
  app.delete(endpoints.deleteApiKey.path, async (c) => {
    const caller = await authorize(c, deps, 'api-key.revoke', self);
    if (!(await apiKeys.revoke(c.req.param('id'), caller.userId, byOf(c, caller)))) throw notFound('API key');
    return c.body(null, 204, noStore);
  });
}

function addSessions(app: Hono<HttpEnv>, deps: ApiSurfaceDeps): void {
  const { sessions } = deps;
  app.get(endpoints.listSessions.path, async (c) => {
    const { userId, credentialId } = await authorize(c, deps, 'session.list', self);
    const all = (await sessions.listOfUser(userId)).filter((session) => session.revokedAt === null);
    const answer: LoginSessionList = {
      sessions: all.map((session) => describeSession(session, credentialId)),
    };
    return c.json(answer, 200, noStore);
  });
  app.delete(endpoints.deleteSession.path, async (c) => {
    const caller = await authorize(c, deps, 'session.revoke', self);
    const { id } = c.req.param();
    if (!(await sessions.revoke(id, caller.userId, 'revoked', byOf(c, caller)))) throw notFound('login');
    return c.body(null, 204, noStore);
  });
  app.delete(endpoints.endSession.path, async (c) => {
    await authenticate(c, deps);
    // Whoever holds an access token may end it, whatever else it allows.
    const presented = readAuthorization(c.req.header('Authorization') ?? '');
    if (presented.kind !== 'access-token')
      throw new ServiceError('forbidden', 'An API key has no login to end');
    await sessions.revokeByAccessToken(presented.token, c.get('request'));
    return c.body(null, 204, noStore);
  });
}

const notFound = (what: string): ServiceError => new ServiceError('not-found', `There is no such ${what}`);

async function authenticate(c: Context<HttpEnv>, { verifier }: ApiSurfaceDeps): Promise<Caller> {
  const verified = await verifier.verify(c.req.header('Authorization'));
  if (!verified.ok) throw credentialError(verified.problem, verified.message);
  return verified;
}

const refusals: Record<Extract<Decision, { allow: false }>['reason'], string> = {
  unauthenticated: 'A credential is needed here',
  forbidden: 'This credential does not allow that',
  'subscription-ended': 'The subscription of the organization has ended',
  'not-found': 'There is no such organization, or you are not part of it',
};

function requireAllowed(principal: Principal, action: Action, resource: Resource): void {
  const decision = decide(principal, action, resource);
  if (!decision.allow) throw new ServiceError(decision.reason, refusals[decision.reason]);
}

/** The person who may do this; the actions of this API that are not about reading are for people only. */
async function authorize(
  c: Context<HttpEnv>,
  deps: ApiSurfaceDeps,
  action: Action,
  resource: Resource,
): Promise<Person> {
  const { principal } = await authenticate(c, deps);
  requireAllowed(principal, action, resource);
  if (principal.kind !== 'user') throw new ServiceError('forbidden', refusals.forbidden);
  return principal;
}

const byOf = (c: Context<HttpEnv>, principal: Principal): By => ({
  actor: actorOf(principal),
  request: c.get('request'),
});

const timeOf = (at: number): string => new Date(at).toISOString();

async function describeCaller(storage: Storage, { principal, expiresAt }: Caller): Promise<Whoami> {
  if (principal.kind === 'service-account') {
    const slug = principal.organization;
    const account = await storage.serviceAccounts.get(principal.serviceAccountId);
    const organization = await storage.organizations.findBySlug(slug);
    return {
      service_account: { id: principal.serviceAccountId, name: account?.name ?? '' },
      organizations: [{ slug, title: organization?.title ?? slug, role: null }],
      credential: { kind: principal.credential, expires_at: timeOf(expiresAt) },
    };
  }
  const standing = principal.kind === 'user' ? await userStanding(storage, principal.userId) : undefined;
  if (principal.kind !== 'user' || standing === undefined)
    throw new ServiceError('forbidden', refusals.forbidden);
  const { id, email, name } = standing.user;
  const only = principal.onlyOrganization;
  const organizations = standing.memberships
    .filter(({ organization }) => only === null || organization.slug === only)
    .map(({ organization: { slug, title }, role }) => ({ slug, title, role }));
  return {
    user: { id, email, name },
    organizations,
    credential: { kind: principal.credential, expires_at: timeOf(expiresAt) },
  };
}

async function slugsById(storage: Storage, userId: string): Promise<Map<string, string>> {
  const memberships = await storage.organizations.members.listOfUser(userId);
  return new Map(memberships.map(({ organization }) => [organization.id, organization.slug]));
}

const describeKey = (key: ApiKey, organization: string | undefined): DescribedKey => ({
  id: key.id,
  name: key.name,
  organization: organization ?? null,
  created_at: timeOf(key.createdAt),
  expires_at: timeOf(key.expiresAt),
  last_used_at: key.lastUsedAt === null ? null : timeOf(key.lastUsedAt),
});

const describeSession = (session: LoginSession, currentId: string): LoginSessionList['sessions'][number] => ({
  id: session.id,
  client: session.clientId,
  label: session.label,
  ip: session.ip,
  created_at: timeOf(session.createdAt),
  last_used_at: timeOf(session.lastUsedAt),
  expires_at: timeOf(Math.min(session.expiresAt, session.idleExpiresAt)),
  current: session.id === currentId,
});
