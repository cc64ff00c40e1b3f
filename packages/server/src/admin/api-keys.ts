import { ServiceError } from '../core/errors.ts';
import type { ApiKey } from '../core/model.ts';
import { iso, many, one } from './answers.ts';
import { optional, organizationOf, positional, required, userOf, validityOption } from './arguments.ts';
import { type Administration, by, type Command, type Input, UsageError } from './command.ts';

const text = { type: 'string' } as const;

export const apiKeyCommands: readonly Command[] = [
  {
    path: ['api-key', 'add'],
    usage: '(--user EMAIL | --service-account NAME) --org ORG --validity 7|14|30|90|365 [--name N]',
    summary: 'Make an API key; it is shown this once.',
    positionals: 0,
    options: { user: text, 'service-account': text, org: text, validity: text, name: text },
    async run(administration, input) {
      const { id: orgId } = await organizationOf(administration, required(input, 'org'));
      const wanted = {
        owner: await ownerOf(administration, orgId, input),
        orgId,
        name: optional(input, 'name') ?? 'command line',
        validityDays: validityOption(input),
      };
      const { apiKey, key } = await administration.services.apiKeys.create(wanted, by);
      return { json: { id: apiKey.id, key, expires_at: iso(apiKey.expiresAt) }, lines: [key] };
    },
  },
  {
    path: ['api-key', 'list'],
    usage: '--user EMAIL | --org ORG',
    summary: 'List the API keys of a user or an organization.',
    positionals: 0,
    options: { user: text, org: text },
    async run(administration, input) {
      const [email, slug] = [optional(input, 'user'), optional(input, 'org')];
      if ((email === undefined) === (slug === undefined)) throw new UsageError('give either --user or --org');
      const keys =
        email === undefined
          ? await administration.storage.apiKeys.listOfOrganization(
              (await organizationOf(administration, slug ?? '')).id,
            )
          : await administration.services.apiKeys.listOfOwner((await userOf(administration, email)).id);
      return many('api_keys', keys.map(described));
    },
  },
  {
    path: ['api-key', 'revoke'],
    usage: 'ID',
    summary: 'Revoke an API key; it is refused from here on.',
    positionals: 1,
    options: {},
    async run({ storage, services }, input) {
      const key = await storage.apiKeys.get(positional(input, 0));
      if (key === undefined)
        throw new ServiceError('not-found', `There is no API key ${positional(input, 0)}`);
      await services.apiKeys.revoke(key.id, key.ownerId, by);
      return one({ id: key.id, revoked: true });
    },
  },
];

async function ownerOf(administration: Administration, orgId: string, input: Input) {
  const [email, account] = [optional(input, 'user'), optional(input, 'service-account')];
  if ((email === undefined) === (account === undefined))
    throw new UsageError('give either --user or --service-account');
  if (email !== undefined) return { kind: 'user', id: (await userOf(administration, email)).id } as const;
  const found = (await administration.storage.serviceAccounts.list(orgId)).find(
    ({ name }) => name === account,
  );
  if (found === undefined) throw new ServiceError('not-found', `There is no service account ${account}`);
  return { kind: 'service-account', id: found.id } as const;
}

function described(key: ApiKey) {
  return {
    id: key.id,
    name: key.name,
    owner: key.ownerId,
    created_at: iso(key.createdAt),
    expires_at: iso(key.expiresAt),
    last_used_at: iso(key.lastUsedAt),
    revoked_at: iso(key.revokedAt),
  };
}
