/**
 * A program for tests that need many processes to ask for a credential: `resolve.ts URL` prints what would be sent, and
 * `resolve.ts --force URL` an access token that has just been fetched. Ends with the error's exit code.
 */
import { accessToken, ClientError, createContext, resolveCredential } from 'pkgauth';

const [first = '', second] = process.argv.slice(2);

try {
  const context = createContext({ input: false });
  const resolved =
    second === undefined
      ? await resolveCredential(context, first)
      : await accessToken(context, second, { force: true });
  const credential = resolved?.credential;
  const text = credential?.kind === 'bearer' ? credential.token : credential?.password;
  process.stdout.write(`${text?.reveal() ?? 'nothing'}\n`);
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
  process.stderr.write(`error: ${error.code}: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
