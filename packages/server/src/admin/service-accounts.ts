import { ServiceError } from '../core/errors.ts';
import type { ServiceAccount } from '../core/model.ts';
import { iso, many, one } from './answers.ts';
import { listOption, optional, organizationOf, positional, scopedName } from './arguments.ts';
import { by, type Command } from './command.ts';

export const serviceAccountCommands: readonly Command[] = [
  {
    path: ['service-account', 'add'],
    usage: 'ORG/NAME [--views A,B]',
    summary: 'Make an account for a machine that reads all views of an organization, or those named.',
    positionals: 1,
    options: { views: { type: 'string' } },
    async run(administration, input) {
      const { slug, name } = scopedName(positional(input, 0));
      const { id } = await organizationOf(administration, slug);
      const views = optional(input, 'views') === undefined ? 'all' : listOption(input, 'views');
      return one(described(await administration.serviceAccounts.create({ orgId: id, name, views }, by)));
    },
  },
  {
    path: ['service-account', 'list'],
    usage: 'ORG',
    summary: 'List the service accounts of an organization.',
    positionals: 1,
    options: {},
    async run(administration, input) {
      const { id } = await organizationOf(administration, positional(input, 0));
      return many('service_accounts', (await administration.storage.serviceAccounts.list(id)).map(described));
    },
  },
  {
    path: ['service-account', 'disable'],
    usage: 'ORG/NAME',
    summary: 'Refuse a service account and all of its keys.',
    positionals: 1,
    options: {},
    async run(administration, input) {
      const { slug, name } = scopedName(positional(input, 0));
      const { id } = await organizationOf(administration, slug);
      const account = (await administration.storage.serviceAccounts.list(id)).find(
        (one) => one.name === name,
      );
      if (account === undefined)
        throw new ServiceError('not-found', `${slug} has no service account ${name}`);
      await administration.serviceAccounts.disable(account.id, by);
      return one({ id: account.id, name, disabled: true });
    },
  },
];

const described = (account: ServiceAccount) => ({
  id: account.id,
  name: account.name,
  created_at: iso(account.createdAt),
  disabled_at: iso(account.disabledAt),
});
