import { isLoopback } from '@pkgauth/protocol';
import { ClientError } from '../errors.ts';
import { parseTarget } from '../logins/index.ts';
import type { StoreFailure } from '../stores/chain.ts';
import type { Cli } from './cli.ts';

/** The command that logs in to a service, as a person would type it. */
export const loginCommand = (service: string): string => {
  const { origin, host, protocol } = new URL(service);
  const bare = protocol === (isLoopback(service) ? 'http:' : 'https:');
  return `pkgauth login ${bare ? host : origin}`;
};

const notLoggedIn = (service: string): ClientError =>
  new ClientError('login-needed', `not logged in to ${new URL(service).host}`, {
    hint: loginCommand(service),
  });

/** Says which stores could not be asked, so that "not found" is not mistaken for "not there" (CS18). */
export const warnOfFailures = (cli: Cli, failures: readonly StoreFailure[]): void => {
  for (const { error } of failures) cli.output.warn(error.message);
};

const onlyService = async (cli: Cli): Promise<string> => {
  const { services, failures } = await (await cli.chain()).list();
  warnOfFailures(cli, failures);
  const known = [...new Set(services.filter(({ kind }) => kind !== 'basic').map(({ service }) => service))];
  const [first, ...others] = known;
  if (first === undefined) {
    throw new ClientError('login-needed', 'not logged in anywhere', { hint: 'pkgauth login HOST' });
  }
  if (others.length > 0) {
    throw new ClientError('usage', `logged in to ${known.length} services, so one must be named`, {
      hint: `one of ${known.slice(0, 5).join(', ')}`,
    });
  }
  return first;
};

/**
 * The stored service that HOST names: the most specific one that covers it. Without HOST, the only one there is. Throws
 * `login-needed` when there is none and `usage` when there is a choice.
 */
export const findService = async (cli: Cli, host: string | undefined): Promise<string> => {
  if (host === undefined) return onlyService(cli);
  const { url, origin } = parseTarget(host);
  const entry = await (await cli.chain()).find({ kind: 'url', url });
  if (entry === undefined) throw notLoggedIn(`${origin}/`);
  return entry.service;
};
