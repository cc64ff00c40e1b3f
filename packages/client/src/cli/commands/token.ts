import { tokenText } from '../access.ts';
import { defineCommand } from '../command.ts';
import { findService } from '../service-argument.ts';
import { isoTimeOrNull } from '../time.ts';

export const token = defineCommand({
  description: [
    'Prints an access token of the service on stdout, and nothing else there. It is refreshed first when less than five',
    'minutes of it are left. HOST can be left out while there is only one login.',
  ],
  examples: [
    ['pkgauth token pkg.example.com', 'print a token'],
    ['UV_INDEX_ACME_PASSWORD=$(pkgauth token pkg.example.com) uv sync', 'hand a token to one command'],
    ['pkgauth token pkg.example.com --json', 'with its end, for programs'],
  ],
  options: { force: { kind: 'flag', doc: 'get a new token although the present one is still good' } },
  arguments: { host: { required: false, doc: 'the service' } },
  async run(cli, { options, arguments: { host } }) {
    const { accessToken } = await import('../../session.ts');
    const service = await findService(cli, host);
    const resolved = await accessToken(cli.context, service, { force: options.force > 0 });
    const text = tokenText(resolved);
    cli.output.answer({
      json: {
        service: resolved.service,
        access_token: text,
        token_type: 'Bearer',
        expires_at: isoTimeOrNull(resolved.expiresAt),
        store: resolved.store,
      },
      lines: [text],
    });
    return 0;
  },
});
