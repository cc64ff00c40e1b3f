/**
 * The commands of the command line. Each owns its options, its help and what it prints; none knows how a credential is
 * stored, matched or refreshed (`session.ts`, `stores/`), how a login is made (`logins/`) or which files another tool
 * reads (`ecosystems/`). Loaded only when called: a stand-in answers in the time that Node takes to start.
 *
 * To add one, write `<name>.ts` with `defineCommand`, its test, and its row here.
 */
import type { Command, RawCommand } from '../command.ts';

export type CommandRow = {
  /** As typed; a second word makes a group. */
  readonly name: string;
  readonly group: 'Log in' | 'Look' | 'Keys' | 'Set up other tools' | 'Stand-ins';
  /** One sentence, lower case, no period. */
  readonly summary: string;
  load(): Promise<Command | RawCommand>;
};

export const commands: readonly CommandRow[] = [
  {
    name: 'login',
    group: 'Log in',
    summary: 'log in to a service or index',
    load: async () => (await import('./login.ts')).login,
  },
  {
    name: 'logout',
    group: 'Log in',
    summary: 'end a login on the server and remove it from this machine',
    load: async () => (await import('./logout.ts')).logout,
  },
  {
    name: 'status',
    group: 'Look',
    summary: 'say whether you are logged in, and until when',
    load: async () => (await import('./status.ts')).status,
  },
  {
    name: 'list',
    group: 'Look',
    summary: 'list what is stored, and where',
    load: async () => (await import('./list.ts')).list,
  },
  {
    name: 'whoami',
    group: 'Look',
    summary: 'ask a service who you are there',
    load: async () => (await import('./whoami.ts')).whoami,
  },
  {
    name: 'token',
    group: 'Keys',
    summary: 'print an access token',
    load: async () => (await import('./token.ts')).token,
  },
  {
    name: 'api-key create',
    group: 'Keys',
    summary: 'make an API key and show it once',
    load: async () => (await import('./api-key-create.ts')).apiKeyCreate,
  },
  {
    name: 'api-key list',
    group: 'Keys',
    summary: 'list your API keys',
    load: async () => (await import('./api-key-list.ts')).apiKeyList,
  },
  {
    name: 'api-key revoke',
    group: 'Keys',
    summary: 'end an API key',
    load: async () => (await import('./api-key-revoke.ts')).apiKeyRevoke,
  },
  {
    name: 'setup uv',
    group: 'Set up other tools',
    summary: 'make uv use an index, and ask pkgauth for its credentials',
    load: async () => (await import('./setup-uv.ts')).setupUv,
  },
  {
    name: 'setup pip',
    group: 'Set up other tools',
    summary: 'make pip use an index, and ask pkgauth for its credentials',
    load: async () => (await import('./setup-pip.ts')).setupPip,
  },
  {
    name: 'setup keyring',
    group: 'Set up other tools',
    summary: 'put a keyring program that asks pkgauth into a directory',
    load: async () => (await import('./setup-keyring.ts')).setupKeyring,
  },
  {
    name: 'helper keyring',
    group: 'Stand-ins',
    summary: 'answer as the keyring program does, for pip, uv, pixi and twine',
    load: async () => (await import('./helper-keyring.ts')).helperKeyring,
  },
  {
    name: 'helper bazel',
    group: 'Stand-ins',
    summary: 'answer as a Bazel credential helper',
    load: async () => (await import('./helper-bazel.ts')).helperBazel,
  },
];
