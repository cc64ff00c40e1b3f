import type { ListedService } from '../../stores/chain.ts';
import { defineCommand } from '../command.ts';
import { table } from '../output.ts';
import { warnOfFailures } from '../service-argument.ts';

const kindTitles = {
  session: 'login',
  'api-key': 'API key',
  bearer: 'token',
  basic: 'password',
} as const satisfies Record<ListedService['kind'], string>;

const rowOf = ({ service, kind, username, store, active }: ListedService): string[] => [
  service,
  kindTitles[kind],
  username ?? '',
  store,
  active ? 'active' : 'shadowed',
];

export const list = defineCommand({
  description: [
    'Lists every credential that pkgauth finds, in the order in which the stores are read. It never reads a secret, so no',
    'keyring has to be unlocked. "shadowed" means that a store before it has an entry for the same service and user.',
  ],
  examples: [
    ['pkgauth list', 'show what is stored'],
    ['pkgauth list --json', 'the same for programs'],
  ],
  options: {},
  arguments: {},
  async run(cli) {
    const { services, failures } = await (await cli.chain()).list();
    warnOfFailures(cli, failures);
    if (services.length === 0) cli.output.note('Nothing is stored. Log in with: pkgauth login HOST');
    cli.output.answer({
      json: {
        entries: services.map(({ service, kind, username, store, location, active }) => ({
          service,
          kind,
          username: username ?? null,
          store,
          location,
          active,
        })),
        failures: failures.map(({ store, error }) => ({ store, code: error.code, message: error.message })),
      },
      lines:
        services.length === 0
          ? []
          : table([['SERVICE', 'KIND', 'USER', 'STORE', 'STATE'], ...services.map(rowOf)]),
    });
    return 0;
  },
});
