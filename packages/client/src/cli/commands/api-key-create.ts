import { ClientError } from '../../errors.ts';
import { createApiKey, validities } from '../../server-api/index.ts';
import { callAsPerson } from '../access.ts';
import { defineCommand } from '../command.ts';
import { findService } from '../service-argument.ts';
import { isoTimeOrNull } from '../time.ts';

export const apiKeyCreate = defineCommand({
  description: [
    'Makes an API key of yours in an organization and prints it on stdout, this once: the service keeps only its hash. Give it',
    'to a machine as PKGAUTH_TOKEN, or pipe it into "pkgauth login HOST --token-stdin" there.',
  ],
  examples: [
    ['pkgauth api-key create --organization acme --validity 30', 'a key for thirty days'],
    [
      'pkgauth api-key create --organization acme --validity 90 --name ci | gh secret set PKGAUTH_TOKEN',
      'hand it to CI unseen',
    ],
  ],
  options: {
    organization: { kind: 'value', placeholder: 'ORG', doc: 'the organization that the key is for' },
    validity: {
      kind: 'value',
      placeholder: 'DAYS',
      choices: validities,
      doc: 'days until it ends: 7, 14, 30, 90 or 365 (default)',
    },
    name: { kind: 'value', placeholder: 'TEXT', doc: 'what it is for, as lists show it' },
    host: { kind: 'value', placeholder: 'HOST', doc: 'the service, where there is more than one login' },
  },
  arguments: {},
  async run(cli, { options: { organization, validity = '365', name, host } }) {
    if (organization === undefined)
      throw new ClientError('usage', '--organization is missing', { hint: 'pkgauth whoami lists yours' });
    const service = await findService(cli, host);
    const wanted = { organization, validity, ...(name === undefined ? {} : { name }) };
    const { id, key, expiresAt } = await callAsPerson(cli, service, (origin, token) =>
      createApiKey(cli.context, origin, token, wanted),
    );
    const end = isoTimeOrNull(expiresAt);
    cli.output.note(`API key ${id}${end === null ? '' : `, valid until ${end}`}. It is shown this once:`);
    cli.output.answer({
      json: { service, id, key: key.reveal(), organization, name: name ?? null, expires_at: end },
      lines: [key.reveal()],
    });
    return 0;
  },
});
