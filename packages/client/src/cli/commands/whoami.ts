import { fetchIdentity, type Identity } from '../../server-api/index.ts';
import { callAs } from '../access.ts';
import { defineCommand } from '../command.ts';
import { findService } from '../service-argument.ts';
import { isoTimeOrNull } from '../time.ts';

const linesOf = (service: string, { email, name, organizations, credentialKind }: Identity): string[] => [
  `${email ?? `service account ${name ?? ''}`} at ${new URL(service).host}${credentialKind === undefined ? '' : ` (${credentialKind})`}`,
  ...organizations.map(
    ({ slug, title, role }) =>
      `  ${slug}${role === '' ? '' : `: ${role}`}${title === '' || title === slug ? '' : `, ${title}`}`,
  ),
];

export const whoami = defineCommand({
  description: [
    'Asks the service who you are there, in which organizations, and with which kind of credential. It is the plainest test',
    'of whether a login works. HOST can be left out while there is only one login.',
  ],
  examples: [
    ['pkgauth whoami pkg.example.com', 'show account and organizations'],
    ['pkgauth whoami pkg.example.com --json', 'the same for programs'],
  ],
  options: {},
  arguments: { host: { required: false, doc: 'the service' } },
  async run(cli, { arguments: { host } }) {
    const service = await findService(cli, host);
    const identity = await callAs(cli, service, (origin, token) =>
      fetchIdentity(cli.context, origin, token, { signal: cli.signal }),
    );
    cli.output.answer({
      json: {
        service,
        user: identity.email === undefined ? null : { email: identity.email, name: identity.name ?? null },
        service_account: identity.email === undefined ? { name: identity.name ?? null } : null,
        organizations: identity.organizations,
        credential: {
          kind: identity.credentialKind ?? null,
          expires_at: isoTimeOrNull(identity.credentialExpiresAt),
        },
      },
      lines: linesOf(service, identity),
    });
    return 0;
  },
});
