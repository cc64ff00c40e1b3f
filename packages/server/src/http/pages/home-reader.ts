import { type Registry, type Role, type View, validityDays } from '../../core/model.ts';
import type { SignedInBrowser } from '../../core/services.ts';
import type { PagesDeps } from './page-tools.ts';
import type { HomeProps, IndexProps, OrganizationProps } from './views/home.ts';

/** Reads what the home page shows; only what belongs to the signed-in person. */
export function createHomeReader({ origin, services, storage, clock }: PagesDeps) {
  const readOrganization = async (
    id: string,
    slug: string,
    title: string,
    role: Role,
  ): Promise<OrganizationProps> => {
    const registries = await storage.registries.list(id);
    const views = await storage.registries.listViews(id);
    const index = (name: string, isPublic: boolean): IndexProps => ({
      name,
      public: isPublic,
      url: `${origin}/simple/${slug}/${name}/`,
    });
    const hosted = registries.filter((one) => one.kind === 'pypi' && one.upstreamUrl === null);
    return {
      slug,
      title,
      role,
      indexes: views.filter((view) => hasPypi(view, registries)).map((view) => index(view.name, view.public)),
      uploads: hosted.map(({ name }) => ({ name, url: `${origin}/v1/upload/${slug}/${name}` })),
    };
  };
  return async ({ user, session }: SignedInBrowser): Promise<Omit<HomeProps, 'formToken'>> => {
    const memberships = await storage.organizations.members.listOfUser(user.id);
    const all = memberships.map(({ organization: { id, slug, title }, role }) =>
      readOrganization(id, slug, title, role),
    );
    const slugs = new Map(memberships.map(({ organization: { id, slug } }) => [id, slug]));
    const [organizations, keys, devices, browsers] = await Promise.all([
      Promise.all(all),
      services.apiKeys.listOfOwner(user.id),
      services.sessions.listOfUser(user.id),
      services.browserSessions.listOfUser(user.id),
    ]);
    const now = clock.now();
    return {
      now,
      origin,
      person: { email: user.email, name: user.name, hasPassword: user.passwordHash !== null },
      organizations,
      keys: keys.map((key) => ({ ...key, organization: slugs.get(key.orgId) ?? 'former organization' })),
      devices: devices
        .filter((one) => one.revokedAt === null && one.idleExpiresAt > now && one.expiresAt > now)
        .map((one) => ({ ...one, client: one.clientId })),
      browsers: browsers.map((one) => ({ ...one, current: one.id === session.id })),
      validities: validityDays,
    };
  };
}

function hasPypi(view: View, registries: readonly Registry[]): boolean {
  return registries.some(
    ({ id, kind }) => kind === 'pypi' && (view.isDefault || view.registryIds.includes(id)),
  );
}
