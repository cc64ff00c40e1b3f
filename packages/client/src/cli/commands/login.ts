import type { Credential } from '@pkgauth/protocol';
import { ClientError } from '../../errors.ts';
import {
  chooseLogin,
  credentialOf,
  isOurs,
  logins,
  parseTarget,
  probeIndex,
  requireSecureTarget,
  type Target,
} from '../../logins/index.ts';
import {
  discoverService,
  fetchIdentity,
  hostOf,
  type Identity,
  type Service,
} from '../../server-api/index.ts';
import type { Cli } from '../cli.ts';
import { type CommandInput, defineCommand } from '../command.ts';
import { askForSecret, readGivenSecret } from '../given-login.ts';
import { endQuietly, keepLogin, reportLogin } from '../keep-login.ts';

const options = {
  browser: { kind: 'flag', doc: 'log in in the browser of this machine' },
  device: { kind: 'flag', doc: 'show an address and a code, to be opened in a browser anywhere' },
  'token-stdin': { kind: 'flag', doc: 'read an API key or token from stdin' },
  username: { kind: 'value', placeholder: 'NAME', doc: 'user name, for an index that wants one' },
  'password-stdin': { kind: 'flag', doc: 'read the password of --username from stdin' },
  token: {
    kind: 'value',
    placeholder: 'TOKEN',
    doc: 'as --token-stdin, but every program on this machine can see it',
  },
  password: { kind: 'value', placeholder: 'PASSWORD', doc: 'as --password-stdin, with the same warning' },
  'no-verify': { kind: 'flag', doc: 'store a token or password without asking the host whether it works' },
  insecure: {
    kind: 'flag',
    doc: 'allow an http:// address of another machine, where others can read the login',
  },
} as const;
const positionals = {
  host: { required: true, doc: 'a host, host:port or URL; a bare name means https' },
} as const;

export type LoginInput = CommandInput<typeof options, typeof positionals>;

const serviceKey = (service: Pick<Service, 'origin'>): string => `${service.origin}/`;

/** The secret that the service judges a credential of ours by. */
const tokenOf = (credential: Credential): string => {
  switch (credential.kind) {
    case 'session':
      return credential.accessToken.reveal();
    case 'api-key':
      return credential.key.reveal();
    case 'bearer':
      return credential.token.reveal();
    case 'basic':
      return credential.password.reveal();
  }
};

const identify = (cli: Cli, service: Service, credential: Credential): Promise<Identity> =>
  fetchIdentity(cli.context, service.origin, tokenOf(credential), { signal: cli.signal });

/** Verifies and keeps a session that has just been issued; ends it when that does not work, so that none is left over. */
const acceptSession = async (cli: Cli, service: Service, credential: Credential): Promise<void> => {
  try {
    const identity = await identify(cli, service, credential);
    reportLogin(cli, await keepLogin(cli, serviceKey(service), credential, service), identity, true);
  } catch (error) {
    await endQuietly(cli, service, credential);
    throw error;
  }
};

const loginAsPerson = async (cli: Cli, service: Service, input: LoginInput): Promise<void> => {
  const { context, output, signal } = cli;
  const asked = input.options.browser > 0 ? 'browser' : input.options.device > 0 ? 'device' : undefined;
  const mayAsk = cli.options['no-input'] === 0;
  const login = logins[asked ?? chooseLogin(context, service.origin, { mayAsk })];
  if (!login.fits(service)) {
    throw new ClientError('failed', `${hostOf(service.origin)} offers no login ${login.label}`, {
      hint: `pkgauth login ${service.origin} --browser`,
    });
  }
  output.detail(`Logging in ${login.label}`);
  const accept = (credential: Credential): Promise<void> => acceptSession(cli, service, credential);
  await login.run(context, { service, dialogue: output, signal, accept });
};

const refused = (target: Target, status: number): ClientError =>
  new ClientError('credential-refused', `${hostOf(target.url)} does not accept the credential (${status})`, {
    hint: 'nothing was stored; check the token or password, and for whom it was made',
  });

const verifyAtIndex = async (cli: Cli, target: Target, credential: Credential): Promise<boolean> => {
  const verdict = await probeIndex(cli.context, target.url, credential);
  if (verdict.kind === 'refused') throw refused(target, verdict.status);
  if (verdict.kind === 'unknown')
    cli.output.warn(`could not verify the login at ${target.url}: ${verdict.reason}`);
  return verdict.kind === 'accepted';
};

const storeGiven = async (
  cli: Cli,
  target: Target,
  service: Service | undefined,
  credential: Credential,
): Promise<void> => {
  if (service === undefined) {
    const verified = await verifyAtIndex(cli, target, credential);
    reportLogin(cli, await keepLogin(cli, target.url, credential, undefined), undefined, verified);
    return;
  }
  const identity = await identify(cli, service, credential);
  reportLogin(cli, await keepLogin(cli, serviceKey(service), credential, service), identity, true);
};

const storeUnverified = async (cli: Cli, target: Target, credential: Credential): Promise<void> => {
  const key = isOurs(credential) ? serviceKey(target) : target.url;
  reportLogin(cli, await keepLogin(cli, key, credential, undefined), undefined, false);
};

const permitted = (cli: Cli, target: Target, insecure: boolean): Cli => {
  if (!insecure) {
    requireSecureTarget(target);
    return cli;
  }
  const { host } = new URL(target.url);
  cli.output.warn(
    `the connection to ${host} may be unencrypted: others can read what is sent, this login included`,
  );
  cli.output.note(`Later commands need PKGAUTH_INSECURE_HOST=${host}`);
  const listed = cli.context.env.PKGAUTH_INSECURE_HOST;
  return cli.withSettings({ PKGAUTH_INSECURE_HOST: listed === undefined ? host : `${listed},${host}` });
};

const noService = (target: Target): ClientError =>
  new ClientError(
    'failed',
    `${hostOf(target.url)} is no pkgauth service, so there is no login page to open`,
    {
      hint: `pipe a token or password: pkgauth login ${target.url} --token-stdin, or --username NAME --password-stdin`,
    },
  );

/** A secret in the hand can be stored without asking; somebody who is offline should know. */
const withNoVerifyHint = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    const offline = error instanceof ClientError && ['network', 'timeout', 'tls'].includes(error.code);
    if (!offline || error.hint !== undefined) throw error;
    const hint = 'to store it without asking the host, add --no-verify';
    throw new ClientError(error.code, error.message, { hint, cause: error });
  }
};

const loginWith = async (
  cli: Cli,
  target: Target,
  credential: Credential,
  verify: boolean,
): Promise<void> => {
  if (!verify) return storeUnverified(cli, target, credential);
  const store = async (): Promise<void> =>
    storeGiven(cli, target, await discoverService(cli.context, target.origin), credential);
  return withNoVerifyHint(store());
};

const run = async (given: Cli, input: LoginInput): Promise<number> => {
  const target = parseTarget(input.arguments.host);
  const secret = await readGivenSecret(given, input.options);
  const cli = permitted(given, target, input.options.insecure > 0);
  // A store that does not exist is better known before somebody has gone to the browser.
  await cli.chain();
  if (secret !== undefined) {
    await loginWith(cli, target, credentialOf(secret), input.options['no-verify'] === 0);
    return 0;
  }
  const service = await discoverService(cli.context, target.origin);
  if (service !== undefined) await loginAsPerson(cli, service, input);
  else if (cli.context.terminal.interactive) {
    await storeGiven(cli, target, undefined, credentialOf(await askForSecret(cli, target.url)));
  } else throw noService(target);
  return 0;
};

export const login = defineCommand({
  description: [
    'Logs in once; after that pip, uv, pixi, twine and Bazel get their credentials from pkgauth. At a pkgauth service the',
    'browser opens, or, over SSH, in a container or without a terminal, an address and a code are shown instead.',
    'A login is verified before it is stored, and nothing that was refused is stored.',
    'In CI nobody can approve a login: set PKGAUTH_URL and PKGAUTH_TOKEN, or pipe an API key with --token-stdin.',
  ],
  examples: [
    ['pkgauth login pkg.example.com', 'log in as yourself'],
    ['pkgauth login pkg.example.com --device', 'log in on a server, approving on your own computer'],
    ['pkgauth login pkg.example.com --token-stdin < key.txt', 'log in with an API key'],
    [
      'pkgauth login https://index.example.org/simple/ --username ada --password-stdin',
      'store the password of any index',
    ],
  ],
  options,
  arguments: positionals,
  run,
});
