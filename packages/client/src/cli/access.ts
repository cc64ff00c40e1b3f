import { ClientError } from '../errors.ts';
import type { Resolved } from '../session.ts';
import type { Cli } from './cli.ts';
import { loginCommand } from './service-argument.ts';

/** The text of a token that can be sent alone; a user name and password cannot. */
export const tokenText = ({ credential, service }: Resolved): string => {
  if (credential.kind === 'bearer') return credential.token.reveal();
  throw new ClientError(
    'failed',
    `what is stored for ${new URL(service).host} is a user name and password, not a token`,
  );
};

const isRefused = (error: unknown): boolean =>
  error instanceof ClientError && error.code === 'credential-refused';

/**
 * Calls a service as the person who is logged in there. A token that the service refuses although it looks fresh is
 * replaced once, and the call repeated once (LF23).
 */
export const callAs = async <T>(
  cli: Cli,
  service: string,
  call: (origin: string, token: string) => Promise<T>,
): Promise<T> => {
  const { accessToken } = await import('../session.ts');
  const { origin } = new URL(service);
  try {
    return await call(origin, tokenText(await accessToken(cli.context, service)));
  } catch (error) {
    if (!isRefused(error)) throw error;
    return call(origin, tokenText(await accessToken(cli.context, service, { force: true })));
  }
};

/** As `callAs`, for what only a person may do: an API key that is refused is told to be none. */
export const callAsPerson = async <T>(
  cli: Cli,
  service: string,
  call: (origin: string, token: string) => Promise<T>,
): Promise<T> => {
  try {
    return await callAs(cli, service, call);
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'not-allowed') throw error;
    const hint = `log in as yourself, an API key may not: ${loginCommand(service)}`;
    throw new ClientError('not-allowed', error.message, { hint, cause: error });
  }
};
