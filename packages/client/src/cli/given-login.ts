import { ClientError } from '../errors.ts';
import { type GivenSecret, longestSecret } from '../logins/index.ts';
import { hostOf } from '../server-api/index.ts';
import type { Cli } from './cli.ts';

/** The options of `login` that hand a secret over or choose another way. */
export type SecretOptions = {
  readonly browser: number;
  readonly device: number;
  readonly 'token-stdin': number;
  readonly 'password-stdin': number;
  readonly username: string | undefined;
  readonly token: string | undefined;
  readonly password: string | undefined;
};

const requireOneWay = (options: SecretOptions): void => {
  const ways = [
    options.browser > 0 && '--browser',
    options.device > 0 && '--device',
    options['token-stdin'] > 0 && '--token-stdin',
    options['password-stdin'] > 0 && '--password-stdin',
    options.token !== undefined && '--token',
    options.password !== undefined && '--password',
  ].filter((way) => way !== false);
  if (ways.length > 1) throw new ClientError('usage', `choose one of ${ways.join(' and ')}`);
  const [way] = ways;
  if ((way === '--password' || way === '--password-stdin') && options.username === undefined) {
    throw new ClientError('usage', `${way} needs --username`);
  }
  if ((way === '--browser' || way === '--device') && options.username !== undefined) {
    throw new ClientError('usage', `${way} takes no --username`);
  }
};

/** What a secret is: with a user name a password, alone a token. */
const secretOf = (text: string, username: string | undefined): GivenSecret =>
  username === undefined ? { kind: 'token', text } : { kind: 'password', username, text };

const warnOfArgument = (cli: Cli, option: string): void =>
  cli.output.warn(
    `${option} shows the secret to every program on this machine and in the shell's history; use ${option}-stdin`,
  );

/**
 * The secret that the options hand over; `undefined` when they hand over none. Reads stdin only when told to, and asks
 * for the password of `--username` on a terminal. Throws `usage` for options that contradict each other.
 */
export const readGivenSecret = async (cli: Cli, options: SecretOptions): Promise<GivenSecret | undefined> => {
  requireOneWay(options);
  const { token, password, username } = options;
  if (token !== undefined || password !== undefined) {
    warnOfArgument(cli, token === undefined ? '--password' : '--token');
    return secretOf(token ?? password ?? '', username);
  }
  if (options['token-stdin'] > 0 || options['password-stdin'] > 0) {
    return secretOf(await cli.context.terminal.readStdin(longestSecret), username);
  }
  if (username === undefined) return undefined;
  if (!cli.context.terminal.interactive) {
    throw new ClientError('usage', '--username needs a password', {
      hint: 'pipe it in with --password-stdin',
    });
  }
  return secretOf(await cli.context.terminal.prompt('Password: ', { secret: true }), username);
};

/** Asks on the terminal for what an index that is no pkgauth service wants. */
export const askForSecret = async (cli: Cli, url: string): Promise<GivenSecret> => {
  const { terminal } = cli.context;
  cli.output.show(`${hostOf(url)} is no pkgauth service; enter what it gave you.`);
  const username = (await terminal.prompt('User name (empty for a token): ')).trim();
  const secret = await terminal.prompt(username === '' ? 'Token: ' : 'Password: ', { secret: true });
  return secretOf(secret, username === '' ? undefined : username);
};
