import { type BasicCredential, requireSafeText, Secret, sanitizeForTerminal } from '../credentials/index.ts';
import { ProtocolError } from '../errors.ts';
import type { HelperAnswer } from './answer.ts';
import type { KeyringCommand } from './keyring-arguments.ts';

/** As python's `json.dumps`: a space behind `:` and `,`, everything beyond ASCII as `\uXXXX`. */
const dumps = (pairs: [string, string][]): string => {
  const quote = (text: string): string =>
    JSON.stringify(text).replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  return `{${pairs.map(([key, value]) => `${quote(key)}: ${quote(value)}`).join(', ')}}`;
};

const usage =
  'usage: keyring [-h] [-p KEYRING_PATH] [-b KEYRING_BACKEND] [--list-backends]\n' +
  '               [--mode {password,creds}] [--output {plain,json}]\n' +
  '               [{get,set,del,diagnose}] [service] [username]\n';

const success = (stdout: string): HelperAnswer => ({ stdout, stderr: '', exitCode: 0 });
const failure = (message: string): HelperAnswer => ({
  stdout: '',
  stderr: `keyring: error: ${message}\n`,
  exitCode: 1,
});

/**
 * The answer to `get`: exit code 1 and silence when nothing was found, as pip and uv expect; exit code 1 and a message when
 * a value could break out of its line.
 */
export const answerKeyringGet = (
  command: Extract<KeyringCommand, { kind: 'get' }>,
  found: Pick<BasicCredential, 'username' | 'password'> | undefined,
): HelperAnswer => {
  if (found === undefined) return { stdout: '', stderr: '', exitCode: 1 };
  const { mode, output } = command;
  let password: string;
  try {
    password = requireSafeText(found.password.reveal(), 'password');
    if (mode === 'creds') requireSafeText(found.username, 'user name');
  } catch (error) {
    if (error instanceof ProtocolError) return failure(error.reason);
    throw error;
  }
  const pairs: [string, string][] =
    mode === 'creds'
      ? [
          ['username', found.username],
          ['password', password],
        ]
      : [['password', password]];
  return success(output === 'json' ? `${dumps(pairs)}\n` : pairs.map(([, value]) => `${value}\n`).join(''));
};

/** The answer to `set` that stored its password. */
export const answerKeyringSet = (): HelperAnswer => success('');

/** The answer to `del`: silence, or exit code 1 when there was nothing to remove. */
export const answerKeyringDel = (removed: boolean): HelperAnswer =>
  removed ? success('') : failure('password not found');

/** Any other failure, with a message for people that contains no secret. */
export const answerKeyringFailure = (message: string): HelperAnswer => failure(message);

/** The answer to `--list-backends`: ourselves, in keyring's notation. */
export const answerKeyringBackends = (): HelperAnswer => success('pkgauth.Keyring (priority: 10)\n');

/** The answer to `diagnose`. */
export const answerKeyringDiagnose = (paths: { configPath: string; dataRoot: string }): HelperAnswer =>
  success(`config path: ${paths.configPath}\ndata root: ${paths.dataRoot}\n`);

/** The answer to `--help`, and to arguments that keyring refuses (exit code 2; pip looks for "unrecognized arguments"). */
export const answerKeyringUsage = (
  command: Extract<KeyringCommand, { kind: 'help' | 'usage-error' }>,
): HelperAnswer =>
  command.kind === 'usage-error'
    ? { stdout: '', stderr: `${usage}keyring: error: ${sanitizeForTerminal(command.message)}\n`, exitCode: 2 }
    : success(usage);

/**
 * The password that `keyring set` is given on stdin: all of it but one line feed at its end. `undefined` when there is
 * none. Throws `ProtocolError`: `too-large` beyond 64 KiB, `unsafe-value` for control characters.
 */
export const readKeyringPassword = (stdin: string): Secret | undefined => {
  if (stdin.length > 65_536) throw new ProtocolError('too-large', 'the password is larger than 64 KiB');
  const password = stdin.replace(/\r?\n$/, '');
  return password === '' ? undefined : new Secret(requireSafeText(password, 'password'));
};
