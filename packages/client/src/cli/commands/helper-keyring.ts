import { type Credential, parseToken, type Secret } from '@pkgauth/protocol';
import { besideCredentials, credentialsFile } from '../../config/index.ts';
import type { Context } from '../../context.ts';
import { converseAsKeyring, type Found, type KeyringBackend } from '../../ecosystems/keyring-conversation.ts';
import { ClientError } from '../../errors.ts';
import { parseTarget } from '../../logins/target.ts';
import { type Resolved, resolveCredential } from '../../session.ts';
import { openChain, tokenUser } from '../../stores/index.ts';
import type { RawCommand } from '../command.ts';
import { answerTool } from '../stand-in.ts';

const longestPassword = 65_536;

const foundIn = ({ credential }: Resolved): Found =>
  credential.kind === 'basic' ? credential : { username: tokenUser, password: credential.token };

// pip offers to save what was typed at its prompt: an API key of ours is then more than a password.
const credentialFor = (username: string, password: Secret): Credential =>
  username === tokenUser && parseToken(password.reveal())?.kind === 'api-key'
    ? { kind: 'api-key', key: password }
    : { kind: 'basic', username, password };

const readPassword = async ({ terminal }: Context): Promise<string> => {
  if (!terminal.interactive) return terminal.readStdin(longestPassword);
  throw new ClientError('usage', 'a password is only read from a pipe', {
    hint: 'pkgauth login HOST --username NAME',
  });
};

const backendOf = (context: Context): KeyringBackend => ({
  find: async (candidate, username) => {
    const resolved = await resolveCredential(context, candidate, username === undefined ? {} : { username });
    return resolved === undefined ? undefined : foundIn(resolved);
  },
  save: async (service, username, password) => {
    await (await openChain(context)).save(parseTarget(service).url, credentialFor(username, password));
  },
  remove: async (service, username) => {
    const { removed, failures } = await (await openChain(context)).remove(parseTarget(service).url, username);
    if (failures[0] !== undefined) throw failures[0].error;
    return removed.length > 0;
  },
  readPassword: () => readPassword(context),
  paths: {
    configPath: credentialsFile(context) ?? '(absent)',
    dataRoot: besideCredentials(context) ?? '(absent)',
  },
});

export const helperKeyring: RawCommand = {
  description: [
    'Answers every call that pip, uv, pixi and twine make to the keyring program, with the logins of pkgauth. It never asks,',
    'never opens a browser, and gives up after eight seconds. "pkgauth setup keyring" puts it where those tools look.',
  ],
  examples: [
    [
      'pkgauth helper keyring get https://pkg.example.com/simple/acme/main/ __token__',
      'as uv and older pip ask',
    ],
    ['pkgauth helper keyring --mode=creds --output=json get https://pkg.example.com/', 'as newer pip asks'],
  ],
  runRaw: (cli, argv) => answerTool(cli, () => converseAsKeyring(argv, backendOf(cli.context))),
};
