import { type Credential, jwtExpiresAt } from '@pkgauth/protocol';
import { exitCodes } from '../../errors.ts';
import { parseTarget } from '../../logins/index.ts';
import type { Entry } from '../../stores/chain.ts';
import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { storePlace } from '../keep-login.ts';
import { loginCommand, warnOfFailures } from '../service-argument.ts';
import { isoTime, isoTimeOrNull, relativeTime } from '../time.ts';

/** `expired`: only a new login helps. */
type State = 'logged-in' | 'expired' | 'missing';

type ServiceStatus = { readonly service: string; readonly state: State; readonly entries: readonly Entry[] };

const endOf = (credential: Credential): number | undefined => {
  if (credential.kind === 'session')
    return credential.expiresAt ?? jwtExpiresAt(credential.accessToken.reveal());
  return credential.kind === 'bearer' ? jwtExpiresAt(credential.token.reveal()) : undefined;
};

const stateOf = ([active]: readonly Entry[], now: number): State => {
  if (active === undefined) return 'missing';
  const { credential } = active;
  if (credential.kind === 'session' && credential.refusedAt !== undefined) return 'expired';
  if (credential.kind !== 'bearer') return 'logged-in';
  return (endOf(credential) ?? Number.POSITIVE_INFINITY) > now ? 'logged-in' : 'expired';
};

const untilText = (end: number, now: number): string =>
  `${end > now ? 'valid until' : 'expired since'} ${isoTime(end)} (${relativeTime(end, now)})`;

const describe = (credential: Credential, now: number): string => {
  const end = endOf(credential);
  switch (credential.kind) {
    case 'session': {
      if (credential.refusedAt !== undefined) return 'login that the service has ended';
      return `login that refreshes itself${end === undefined ? '' : `; access token ${untilText(end, now)}`}`;
    }
    case 'api-key':
      return 'API key';
    case 'bearer':
      return `token${end === undefined ? '' : `, ${untilText(end, now)}`}`;
    case 'basic':
      return `user name ${credential.username} and password`;
  }
};

const titles = {
  'logged-in': 'logged in',
  expired: 'expired',
  missing: 'not logged in',
} as const satisfies Record<State, string>;

const linesOf = ({ service, state, entries }: ServiceStatus, now: number): string[] => [
  `${service}: ${titles[state]}`,
  ...entries.map(({ credential, store }, index) => {
    const place = storePlace({ store: store.name, location: store.location });
    return `  ${index === 0 ? '' : 'shadowed: '}${describe(credential, now)}, in ${place}`;
  }),
  ...(state === 'logged-in' ? [] : [`  log in with: ${loginCommand(service)}`]),
];

const jsonOf = ({ service, state, entries }: ServiceStatus): Record<string, unknown> => ({
  service,
  state,
  entries: entries.map(({ credential, store, origin }, index) => ({
    kind: credential.kind,
    username: credential.kind === 'basic' ? credential.username : null,
    expires_at: isoTimeOrNull(endOf(credential)),
    refreshes: credential.kind === 'session' || credential.kind === 'api-key',
    store: store.name,
    origin,
    active: index === 0,
  })),
});

/** The services to report on: the one that HOST names, or all. */
const servicesOf = async (cli: Cli, host: string | undefined): Promise<string[]> => {
  const chain = await cli.chain();
  if (host !== undefined) {
    const { url, origin } = parseTarget(host);
    return [(await chain.find({ kind: 'url', url }))?.service ?? `${origin}/`];
  }
  const { services, failures } = await chain.list();
  warnOfFailures(cli, failures);
  return [...new Set(services.map(({ service }) => service))];
};

const inspect = async (cli: Cli, service: string): Promise<ServiceStatus & { readonly failed: boolean }> => {
  const { found, failures } = await (await cli.chain()).entries(service);
  warnOfFailures(cli, failures);
  return { service, state: stateOf(found, cli.context.now()), entries: found, failed: failures.length > 0 };
};

export const status = defineCommand({
  description: [
    'Says for one service, or for all, whether there is a login, of which kind, until when and in which store, shadowed ones',
    'included. It looks at this machine only; "pkgauth whoami" asks the service. Exits with 4 when a login is missing or',
    'expired, with 6 when none was found and a store could not be asked.',
  ],
  examples: [
    ['pkgauth status', 'all logins'],
    ['pkgauth status pkg.example.com || pkgauth login pkg.example.com', 'log in only when needed'],
  ],
  options: {},
  arguments: { host: { required: false, doc: 'the service' } },
  async run(cli, { arguments: { host } }) {
    const services = await servicesOf(cli, host);
    const statuses = [];
    for (const service of services) statuses.push(await inspect(cli, service));
    if (statuses.length === 0) cli.output.note('Not logged in anywhere. Log in with: pkgauth login HOST');
    cli.output.answer({
      json: { services: statuses.map(jsonOf) },
      lines: statuses.flatMap((each) => linesOf(each, cli.context.now())),
    });
    if (statuses.some(({ state, failed }) => state === 'missing' && failed))
      return exitCodes['store-unavailable'];
    const complete = statuses.length > 0 && statuses.every(({ state }) => state === 'logged-in');
    return complete ? 0 : exitCodes['login-needed'];
  },
});
