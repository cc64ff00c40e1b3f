import { revokeApiKey } from '../../server-api/index.ts';
import { callAsPerson } from '../access.ts';
import { defineCommand } from '../command.ts';
import { findService } from '../service-argument.ts';

export const apiKeyRevoke = defineCommand({
  description: [
    'Ends an API key of yours, and every access token made from it, at once. "pkgauth api-key list" shows the ids.',
  ],
  examples: [['pkgauth api-key revoke 01JD3K', 'end this key']],
  options: {
    host: { kind: 'value', placeholder: 'HOST', doc: 'the service, where there is more than one login' },
  },
  arguments: { id: { required: true, doc: 'the id of the key, not the key' } },
  async run(cli, { options: { host }, arguments: { id } }) {
    const service = await findService(cli, host);
    await callAsPerson(cli, service, (origin, token) => revokeApiKey(cli.context, origin, token, id));
    cli.output.note(`API key ${id} is revoked`);
    cli.output.answer({ json: { service, id, revoked: true }, lines: [] });
    return 0;
  },
});
