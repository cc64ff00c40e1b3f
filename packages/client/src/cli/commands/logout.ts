import type { SessionCredential } from '@pkgauth/protocol';
import { ClientError, exitCodes } from '../../errors.ts';
import { clientId, parseTarget } from '../../logins/index.ts';
import { discoverService, hostOf, revokeSession, type Service } from '../../server-api/index.ts';
import type { Entry } from '../../stores/chain.ts';
import type { StoreName } from '../../stores/store.ts';
import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { warnOfFailures } from '../service-argument.ts';

type Outcome = {
  readonly service: string;
  /** `null`: there was no session to end. */
  readonly revoked: boolean | null;
  readonly removed: readonly StoreName[];
  readonly exitCode: number;
};

const revokeAll = async (cli: Cli, origin: string, sessions: readonly SessionCredential[]): Promise<void> => {
  const service: Service | undefined = await discoverService(cli.context, origin);
  if (service === undefined)
    throw new ClientError('bad-response', `${hostOf(origin)} does not answer as a pkgauth service`);
  for (const session of sessions) await revokeSession(cli.context, service, session, clientId);
};

/** Ends the sessions at the server. Being offline must not keep the secrets on this machine (LF25). */
const revoke = async (cli: Cli, service: string, found: readonly Entry[]): Promise<boolean | null> => {
  const sessions = found.flatMap(({ credential }) => (credential.kind === 'session' ? [credential] : []));
  if (sessions.length === 0) return null;
  const { origin } = new URL(service);
  try {
    await revokeAll(cli, origin, sessions);
    return true;
  } catch (error) {
    if (!(error instanceof ClientError) || error.code === 'interrupted') throw error;
    cli.output.warn(`the session at ${hostOf(origin)} could not be ended: ${error.message}`);
    cli.output.note(`It stays in your list of devices at ${origin}/ and can be ended there.`);
    return false;
  }
};

const warnOfEnvironment = (cli: Cli, found: readonly Entry[]): void => {
  for (const entry of found) {
    if (entry.store.name === 'env') cli.output.warn(`${entry.origin} still holds a credential; unset it`);
  }
};

const warnOfKeys = (cli: Cli, found: readonly Entry[]): void => {
  if (found.some(({ credential }) => credential.kind === 'api-key')) {
    cli.output.note(
      'The API key is removed from this machine; it stays valid until "pkgauth api-key revoke ID".',
    );
  }
};

const logoutOf = async (cli: Cli, service: string, found: readonly Entry[]): Promise<Outcome> => {
  const revoked = await revoke(cli, service, found);
  const { removed, failures } = await (await cli.chain()).remove(service);
  warnOfFailures(cli, failures);
  warnOfEnvironment(cli, found);
  warnOfKeys(cli, found);
  const [failure] = failures;
  if (failure === undefined) cli.output.note(`Logged out of ${new URL(service).host}`);
  const exitCode = failure?.error.exitCode ?? (revoked === false ? exitCodes.network : 0);
  return { service, revoked, removed, exitCode };
};

/** The service that HOST names exactly, else the one whose host it is. */
const logoutHost = async (cli: Cli, host: string): Promise<Outcome> => {
  const chain = await cli.chain();
  const { url, origin } = parseTarget(host);
  for (const service of new Set([url, `${origin}/`])) {
    const { found, failures } = await chain.entries(service);
    if (found.length > 0) return logoutOf(cli, service, found);
    // "Not found" would be a claim about a store that nobody could look into (CS18).
    if (failures[0] !== undefined) throw failures[0].error;
  }
  throw new ClientError('not-found', `not logged in to ${new URL(origin).host}`, {
    hint: 'pkgauth list shows what is stored',
  });
};

const ours: ReadonlySet<StoreName> = new Set<StoreName>(['os-keyring', 'pkgauth-file', 'memory']);

const confirm = async (cli: Cli, services: readonly string[], isSure: boolean): Promise<void> => {
  if (isSure) return;
  const { terminal } = cli.context;
  const question = `Log out of ${services.map((service) => new URL(service).host).join(', ')}?`;
  if (!terminal.interactive)
    throw new ClientError('usage', 'logging out of everything needs --yes', {
      hint: 'pkgauth logout --all --yes',
    });
  const answer = await terminal.prompt(`${question} [y/N] `);
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new ClientError('failed', 'nothing was changed');
};

/** Every login that pkgauth itself stored; other tools' entries stay unless they are of the same service. */
const logoutAll = async (cli: Cli, isSure: boolean): Promise<Outcome[]> => {
  const chain = await cli.chain();
  const { services, failures } = await chain.list();
  warnOfFailures(cli, failures);
  const own = [...new Set(services.filter(({ store }) => ours.has(store)).map(({ service }) => service))];
  if (own.length === 0 && failures[0] !== undefined) throw failures[0].error;
  if (own.length > 0) await confirm(cli, own, isSure);
  const outcomes = [];
  for (const service of own)
    outcomes.push(await logoutOf(cli, service, (await chain.entries(service)).found));
  if (outcomes.length === 0) cli.output.note('There was nothing to log out of.');
  return outcomes;
};

export const logout = defineCommand({
  description: [
    'Ends the login on the server, so that its tokens work nowhere any more, then removes it from every store of this',
    'machine. Without a connection the secrets are removed all the same; the exit code is then 7, and the session can be',
    'ended on the pages of the service.',
  ],
  examples: [
    ['pkgauth logout pkg.example.com', 'log out of one service'],
    ['pkgauth logout --all --yes', 'log out of every service, without being asked'],
  ],
  options: {
    all: { kind: 'flag', doc: 'every login that pkgauth has stored' },
    yes: { kind: 'flag', short: 'y', doc: 'do not ask' },
  },
  arguments: { host: { required: false, doc: 'the service' } },
  async run(cli, { options, arguments: { host } }) {
    if ((host === undefined) === (options.all === 0))
      throw new ClientError('usage', 'name one HOST, or give --all');
    const outcomes =
      host === undefined ? await logoutAll(cli, options.yes > 0) : [await logoutHost(cli, host)];
    cli.output.answer({
      json: { services: outcomes.map(({ service, revoked, removed }) => ({ service, revoked, removed })) },
      lines: [],
    });
    return Math.max(0, ...outcomes.map(({ exitCode }) => exitCode));
  },
});
