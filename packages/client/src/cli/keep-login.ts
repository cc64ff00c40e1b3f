import type { Credential, SessionCredential } from '@pkgauth/protocol';
import { clientId } from '../logins/index.ts';
import { hostOf, type Identity, revokeSession, type Service } from '../server-api/index.ts';
import type { Chain } from '../stores/chain.ts';
import type { StoreName } from '../stores/store.ts';
import type { Cli } from './cli.ts';
import { prepareCompileCache } from './compile-cache.ts';

/** Stores whose sessions are nobody's but ours; the others may be another tool's own login. */
const ownStores: ReadonlySet<StoreName> = new Set<StoreName>(['os-keyring', 'pkgauth-file', 'memory']);

/** Stores for people, as a message names them. */
const storeTitles = {
  env: 'the environment',
  'os-keyring': "the system's keyring",
  'pkgauth-file': 'the file',
  'pyx-tokens': "uv's token directory",
  'uv-text': "uv's credentials file",
  netrc: 'the netrc file',
  memory: 'memory',
} as const satisfies Record<StoreName, string>;

export const storePlace = ({
  store,
  location,
}: {
  readonly store: StoreName;
  readonly location: string;
}): string => `${storeTitles[store]} (${location})`;

const formerSessions = async (chain: Chain, service: string): Promise<SessionCredential[]> => {
  const { found } = await chain.entries(service);
  return found.flatMap(({ credential, store }) =>
    credential.kind === 'session' && ownStores.has(store.name) ? [credential] : [],
  );
};

/** Ends a session at the service as far as that works; what is left of it expires by itself. */
export const endQuietly = async (cli: Cli, service: Service, session: Credential): Promise<void> => {
  if (session.kind !== 'session') return;
  try {
    await revokeSession(cli.context, service, session, clientId);
  } catch {
    cli.output.detail(`a session at ${hostOf(service.origin)} could not be ended; it will expire`);
  }
};

export type KeptLogin = { readonly service: string; readonly store: StoreName; readonly location: string };

/**
 * Stores a login and ends the session that it replaces, so that a forgotten one does not stay usable. A new session that
 * cannot be stored is ended, too.
 */
export const keepLogin = async (
  cli: Cli,
  key: string,
  credential: Credential,
  service: Service | undefined,
): Promise<KeptLogin> => {
  const chain = await cli.chain();
  const former = service === undefined ? [] : await formerSessions(chain, key);
  cli.signal.throwIfAborted();
  const place = await chain.save(key, credential);
  await prepareCompileCache(cli.context);
  if (service !== undefined) for (const session of former) await endQuietly(cli, service, session);
  return { service: key, ...place };
};

const organizationList = ({ organizations }: Identity): string =>
  organizations.map(({ slug, role }) => (role === '' ? slug : `${slug} (${role})`)).join(', ');

/** What is said, and answered with `--json`, after a login. */
export const reportLogin = (
  cli: Cli,
  kept: KeptLogin,
  identity: Identity | undefined,
  verified: boolean,
): void => {
  const { output } = cli;
  const who = identity?.email ?? identity?.name;
  output.note(`Logged in to ${hostOf(kept.service)}${who === undefined ? '' : ` as ${who}`}`);
  if (identity !== undefined && identity.organizations.length > 0) {
    output.note(`Organizations: ${organizationList(identity)}`);
  }
  output.note(`Stored in ${storePlace(kept)}`);
  output.answer({
    json: {
      service: kept.service,
      user: who ?? null,
      organizations: identity?.organizations ?? [],
      store: kept.store,
      location: kept.location,
      verified,
    },
    lines: [],
  });
};
