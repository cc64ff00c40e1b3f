/**
 * A program for tests that need a store changed by a process of its own: `change-store.ts set|delete|get SERVICE SECRET`,
 * in the store that `PKGAUTH_STORE` names. A session's tokens, a key or a password is made of SECRET, as the store can
 * hold it. Prints `done` or what it found; ends with the error's exit code.
 */
import { type Credential, Secret } from '@pkgauth/protocol';
import { ClientError, createContext, openChain } from 'pkgauth';

const [operation, service = '', text = ''] = process.argv.slice(2);

const credential = (store: string): Credential => {
  if (store === 'netrc' || store === 'uv-text') {
    return { kind: 'basic', username: 'ada', password: new Secret(text) };
  }
  return { kind: 'session', accessToken: new Secret(`access-${text}`), refreshToken: new Secret(text) };
};

const secretOf = (found: Credential | undefined): string => {
  if (found?.kind === 'basic') return found.password.reveal();
  return found?.kind === 'session' ? found.refreshToken.reveal() : 'nothing';
};

const perform = async (): Promise<string> => {
  const context = createContext({ input: false });
  const chain = await openChain(context);
  if (operation === 'get') return secretOf((await chain.entries(service)).found[0]?.credential);
  if (operation === 'delete') {
    const { failures } = await chain.remove(service);
    if (failures[0] !== undefined) throw failures[0].error;
    return 'done';
  }
  await chain.save(service, credential(context.env.PKGAUTH_STORE ?? ''));
  return 'done';
};

try {
  process.stdout.write(`${await perform()}\n`);
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
  process.stderr.write(`error: ${error.code}: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
