import { type ApiKey, listApiKeys } from '../../server-api/index.ts';
import { callAsPerson } from '../access.ts';
import { defineCommand } from '../command.ts';
import { table } from '../output.ts';
import { findService } from '../service-argument.ts';
import { isoTimeOrNull } from '../time.ts';

const rowOf = ({ id, organization, name, expiresAt, lastUsedAt }: ApiKey): string[] => [
  id,
  organization ?? '',
  name ?? '',
  isoTimeOrNull(expiresAt) ?? '',
  isoTimeOrNull(lastUsedAt) ?? 'never',
];

export const apiKeyList = defineCommand({
  description: [
    'Lists your API keys at the service: what they are for, when they end, when they were last used. Never the keys.',
  ],
  examples: [['pkgauth api-key list', 'show your keys']],
  options: {
    host: { kind: 'value', placeholder: 'HOST', doc: 'the service, where there is more than one login' },
  },
  arguments: {},
  async run(cli, { options: { host } }) {
    const service = await findService(cli, host);
    const keys = await callAsPerson(cli, service, (origin, token) => listApiKeys(cli.context, origin, token));
    if (keys.length === 0)
      cli.output.note('You have no API keys. Make one with: pkgauth api-key create --organization ORG');
    cli.output.answer({
      json: {
        service,
        api_keys: keys.map(({ id, name, organization, createdAt, expiresAt, lastUsedAt }) => ({
          id,
          name: name ?? null,
          organization: organization ?? null,
          created_at: isoTimeOrNull(createdAt),
          expires_at: isoTimeOrNull(expiresAt),
          last_used_at: isoTimeOrNull(lastUsedAt),
        })),
      },
      lines:
        keys.length === 0
          ? []
          : table([['ID', 'ORGANIZATION', 'NAME', 'VALID UNTIL', 'LAST USED'], ...keys.map(rowOf)]),
    });
    return 0;
  },
});
