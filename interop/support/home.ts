import { join } from 'node:path';
import { cleanEnvironment, run, temporaryDirectory } from '@pkgauth/testkit';
import { pkgauth, type Service } from './service.ts';

/** A person's machine: an empty home with our client logged in to `service` and its `keyring` first on the path. */
export type Home = Disposable & {
  path: string;
  env: Record<string, string>;
  /** Runs a real client in this home. */
  run(command: string, args: readonly string[], env?: Record<string, string>): ReturnType<typeof run>;
  /** The same with something on its stdin. */
  ask(command: string, args: readonly string[], input: string): ReturnType<typeof run>;
  pkgauth(args: readonly string[], input?: string): ReturnType<typeof run>;
};

export async function loggedInHome(service: Service, key?: string): Promise<Home> {
  const home = emptyHome();
  const login = await home.pkgauth(['login', service.url, '--token-stdin'], key ?? (await service.apiKey()));
  if (login.code !== 0) throw new Error(`pkgauth login: ${login.code}: ${login.stderr}`);
  const setup = await home.pkgauth(['setup', 'keyring', '--dir', join(home.path, 'bin')]);
  if (setup.code !== 0) throw new Error(`pkgauth setup keyring: ${setup.code}: ${setup.stderr}`);
  return home;
}

export function emptyHome(): Home {
  const directory = temporaryDirectory();
  const clean = cleanEnvironment(directory.path);
  const env = { ...clean, PATH: `${join(directory.path, 'bin')}:${clean['PATH']}` };
  return {
    path: directory.path,
    env,
    run: (command, args, extra = {}) =>
      run(command, args, { env: { ...env, ...extra }, cwd: directory.path }),
    ask: (command, args, input) => run(command, args, { env, cwd: directory.path, input }),
    pkgauth: (args, input) =>
      pkgauth(args, { home: directory.path, ...(input === undefined ? {} : { input }) }),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}
