import { ServiceError } from '../core/errors.ts';
import type { Organization, User } from '../core/model.ts';
import { type NewOrganization, serviceSlug } from '../core/orgs/organizations.ts';
import type { NewRegistry } from '../core/orgs/registries.ts';
import { one } from './answers.ts';
import { optional } from './arguments.ts';
import { type Administration, by, type Command } from './command.ts';

/** What a new service begins with. */
const names = {
  owner: 'owner@localhost',
  organization: 'demo',
  hosted: 'packages',
  mirror: 'pypi-mirror',
  publicView: 'pypi',
} as const;

export const setupCommands: readonly Command[] = [
  {
    path: ['setup'],
    usage: '[--owner EMAIL]',
    summary:
      'Fill a new service: an owner, an organization with a registry, and mirrors of PKGAUTH_PYPI_UPSTREAM. Repeating it completes what is missing.',
    positionals: 0,
    options: { owner: { type: 'string' } },
    async run(administration, input) {
      const owner = await ensureOwner(administration, optional(input, 'owner') ?? names.owner);
      const tenant = { slug: names.organization, title: 'Demo', ownerId: owner.id, kind: 'tenant' } as const;
      const demo = await ensureOrganization(administration, tenant);
      const hosted = {
        name: names.hosted,
        kind: 'pypi',
        upstreamUrl: null,
        upstreamCredential: null,
      } as const;
      await ensureRegistry(administration, { ...hosted, orgId: demo.id });
      const upstream = splitUpstream(administration.pypiUpstream);
      if (upstream !== undefined) await ensureMirrors(administration, demo, owner, upstream);
      const registries = await administration.storage.registries.list(demo.id);
      const mirror = registries.some((registry) => registry.upstreamUrl !== null);
      return one({ owner: owner.email, organization: demo.slug, mirror });
    },
  },
];

const alreadySetUp = () => new ServiceError('conflict', 'This service is set up already');

/** The first user. A service with users besides is not new, and nobody becomes its owner this way (AD01). */
async function ensureOwner({ services, storage }: Administration, email: string): Promise<User> {
  const known = await services.users.findByEmail(email);
  const others = (await storage.users.list()).filter((user) => user.id !== known?.id);
  if (others.length > 0) throw alreadySetUp();
  if (known !== undefined) return known;
  return whenTaken(
    () => services.users.create({ email, name: 'Owner', password: null }, by),
    () => services.users.findByEmail(email),
  );
}

async function ensureOrganization(
  { organizations, storage }: Administration,
  wanted: NewOrganization,
): Promise<Organization> {
  const find = () => storage.organizations.findBySlug(wanted.slug);
  const organization = (await find()) ?? (await whenTaken(() => organizations.create(wanted, by), find));
  const member = await storage.organizations.members.get(organization.id, wanted.ownerId);
  if (member?.role !== 'owner') throw alreadySetUp();
  return organization;
}

async function ensureRegistry({ registries, storage }: Administration, wanted: NewRegistry): Promise<void> {
  const find = async () =>
    (await storage.registries.list(wanted.orgId)).find(({ name }) => name === wanted.name);
  if ((await find()) === undefined) await whenTaken(() => registries.add(wanted, by), find);
}

async function ensureMirrors(
  administration: Administration,
  demo: Organization,
  owner: User,
  { url, credential }: Upstream,
): Promise<void> {
  const common = await ensureOrganization(administration, {
    slug: serviceSlug,
    title: 'Public',
    ownerId: owner.id,
    kind: 'service',
  });
  const mirror = {
    name: names.mirror,
    kind: 'pypi',
    upstreamUrl: url,
    upstreamCredential: credential,
  } as const;
  for (const { id } of [demo, common]) await ensureRegistry(administration, { ...mirror, orgId: id });
  const find = async () =>
    (await administration.storage.registries.listViews(common.id)).find(
      ({ name }) => name === names.publicView,
    );
  const view = { orgId: common.id, name: names.publicView, public: true, registries: [names.mirror] };
  if ((await find()) === undefined) await whenTaken(() => administration.registries.addView(view, by), find);
}

/** Makes something, or takes what another set-up made in the meantime. */
async function whenTaken<T>(make: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    const made = error instanceof ServiceError && error.code === 'conflict' ? await find() : undefined;
    if (made === undefined) throw error;
    return made;
  }
}

type Upstream = { url: string; credential: string | null };

/** Addresses in pip's and uv's configuration often hold user and password; ours are kept sealed apart from them. */
export function splitUpstream(text: string | undefined): Upstream | undefined {
  if (text === undefined) return undefined;
  const url = new URL(text);
  const pair = [url.username, url.password].map(decodeURIComponent).join(':');
  url.username = '';
  url.password = '';
  return { url: url.href, credential: pair === ':' ? null : pair };
}
