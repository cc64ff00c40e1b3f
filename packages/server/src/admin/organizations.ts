import { ServiceError } from '../core/errors.ts';
import { serviceSlug } from '../core/orgs/organizations.ts';
import { iso, many, one } from './answers.ts';
import { optional, organizationOf, positional, required, roleOption, userOf } from './arguments.ts';
import { by, type Command } from './command.ts';

const text = { type: 'string' } as const;

export const organizationCommands: readonly Command[] = [
  {
    path: ['org', 'add'],
    usage: 'SLUG [--title T] --owner EMAIL',
    summary: 'Make an organization with its owner and its default view, main. `public` is the service’s own.',
    positionals: 1,
    options: { title: text, owner: text },
    async run(administration, input) {
      const owner = await userOf(administration, required(input, 'owner'));
      const slug = positional(input, 0);
      const title = optional(input, 'title') ?? slug;
      const made = await administration.organizations.create(
        { slug, title, ownerId: owner.id, kind: slug === serviceSlug ? 'service' : 'tenant' },
        by,
      );
      return one({
        id: made.id,
        slug: made.slug,
        title: made.title,
        owner: owner.email,
        created_at: iso(made.createdAt),
      });
    },
  },
  {
    path: ['org', 'list'],
    usage: '',
    summary: 'List the organizations.',
    positionals: 0,
    options: {},
    async run({ storage }) {
      const all = await storage.organizations.list();
      return many(
        'organizations',
        all.map(({ id, slug, title, createdAt }) => ({ id, slug, title, created_at: iso(createdAt) })),
      );
    },
  },
  {
    path: ['member', 'add'],
    usage: 'ORG EMAIL [--role owner|admin|member]',
    summary: 'Add a user to an organization, or change the role there.',
    positionals: 2,
    options: { role: text },
    async run(administration, input) {
      const { id, slug } = await organizationOf(administration, positional(input, 0));
      const user = await userOf(administration, positional(input, 1));
      const role = roleOption(input, 'member');
      await administration.services.members.put(id, user.id, role, by);
      return one({ organization: slug, email: user.email, role });
    },
  },
  {
    path: ['member', 'remove'],
    usage: 'ORG EMAIL',
    summary: 'Remove a user from an organization, with keys and seat there.',
    positionals: 2,
    options: {},
    async run(administration, input) {
      const { id, slug } = await organizationOf(administration, positional(input, 0));
      const user = await userOf(administration, positional(input, 1));
      const outcome = await administration.services.members.remove(id, user.id, by);
      if (outcome === 'missing')
        throw new ServiceError('not-found', `${user.email} is not a member of ${slug}`);
      if (outcome === 'last-owner')
        throw new ServiceError(
          'forbidden',
          `${user.email} is the last owner of ${slug}; make another one first`,
        );
      return one({ organization: slug, email: user.email, removed: true });
    },
  },
  {
    path: ['member', 'list'],
    usage: 'ORG',
    summary: 'List the members of an organization.',
    positionals: 1,
    options: {},
    async run(administration, input) {
      const { id } = await organizationOf(administration, positional(input, 0));
      const members = await administration.storage.organizations.members.list(id);
      return many(
        'members',
        members.map(({ user, role, createdAt }) => ({ email: user.email, role, since: iso(createdAt) })),
      );
    },
  },
];
