import type { ApiKey, Organization, Role, ServiceAccount, User } from '../model.ts';
import type { Storage } from '../ports/index.ts';

/** What a user is at this moment. */
export type UserStanding = {
  kind: 'user';
  user: User;
  /** Organizations in which the user may act, suspended ones left out. */
  memberships: readonly { organization: Organization; role: Role }[];
};

/** What a service account is at this moment. */
export type ServiceAccountStanding = {
  kind: 'service-account';
  account: ServiceAccount;
  organization: Organization;
  /** Names of the views it may read. */
  views: readonly string[] | 'all';
};

/** Undefined when there is no such user, or it is disabled. */
export async function userStanding(storage: Storage, userId: string): Promise<UserStanding | undefined> {
  const user = await storage.users.get(userId);
  if (user === undefined || user.disabledAt !== null) return undefined;
  const memberships = await storage.organizations.members.listOfUser(userId);
  return {
    kind: 'user',
    user,
    memberships: memberships.filter(({ organization }) => organization.suspendedAt === null),
  };
}

/** The standing of a key's owner in the key's organization; undefined when the owner is disabled or not (or no more) part of it. */
export async function ownerStanding(
  storage: Storage,
  key: Pick<ApiKey, 'ownerKind' | 'ownerId' | 'orgId'>,
): Promise<UserStanding | ServiceAccountStanding | undefined> {
  if (key.ownerKind === 'service-account') return serviceAccountStanding(storage, key.ownerId, key.orgId);
  const standing = await userStanding(storage, key.ownerId);
  const memberships = standing?.memberships.filter(({ organization }) => organization.id === key.orgId) ?? [];
  return standing === undefined || memberships.length === 0 ? undefined : { ...standing, memberships };
}

async function serviceAccountStanding(
  storage: Storage,
  id: string,
  orgId: string,
): Promise<ServiceAccountStanding | undefined> {
  const account = await storage.serviceAccounts.get(id);
  if (account === undefined || account.disabledAt !== null || account.orgId !== orgId) return undefined;
  const organization = await storage.organizations.get(orgId);
  if (organization === undefined || organization.suspendedAt !== null) return undefined;
  return { kind: 'service-account', account, organization, views: await grantedViews(storage, id, orgId) };
}

async function grantedViews(
  storage: Storage,
  serviceAccountId: string,
  orgId: string,
): Promise<string[] | 'all'> {
  const grants = await storage.registries.listGrants('service-account', serviceAccountId);
  const own = grants.filter((grant) => grant.orgId === orgId);
  if (own.some((grant) => grant.viewId === null)) return 'all';
  const views = await storage.registries.listViews(orgId);
  return views.filter((view) => own.some((grant) => grant.viewId === view.id)).map((view) => view.name);
}

/** Role by organization slug. */
export function rolesOf(standing: UserStanding): Record<string, Role> {
  return Object.fromEntries(standing.memberships.map(({ organization, role }) => [organization.slug, role]));
}
