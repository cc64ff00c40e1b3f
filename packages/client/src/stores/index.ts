/**
 * Where credentials are kept: one file per store, all alike behind the port in `store.ts`, and the chain that asks them in
 * order. A store knows its own place and format; it must not know logins, refreshing or commands. To add one, write
 * `<name>.ts` and its test that calls `storeContract`, and add its row below.
 */
import { settingOf } from '../config/index.ts';
import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';
import { type Chain, chainOf } from './chain.ts';
import { openEnv } from './env.ts';
import { openNetrc } from './netrc.ts';
import { openOsKeyring } from './os-keyring.ts';
import { openPkgauthFile } from './pkgauth-file.ts';
import { openPyxTokens } from './pyx-tokens.ts';
import type { CredentialStore, StoreName } from './store.ts';
import { openUvText } from './uv-text.ts';

export {
  type CachedToken,
  cachedTokenPath,
  readCachedToken,
  writeCachedToken,
} from './access-token-cache.ts';
export type { Chain, Entry, ListedService, StoreFailure } from './chain.ts';
export { sameCredential } from './credential-text.ts';
export { tokenUser } from './matching.ts';
export { memoryStore } from './memory.ts';
export type { CredentialStore, HeldEntry, StoredCredential, StoredService, StoreName } from './store.ts';

type Row = {
  /** Answers undefined where this machine has no place for the store. */
  open(context: Context): Promise<CredentialStore | undefined>;
  /** `own`: nobody but us writes it, and logins go there unless another store is named. `foreign`: another tool's. */
  readonly owner: 'own' | 'foreign';
};

/** In the order in which they are read; those of our own also in the order in which a login tries them. */
export const storeTable = {
  'os-keyring': { open: openOsKeyring, owner: 'own' },
  'pkgauth-file': { open: openPkgauthFile, owner: 'own' },
  'pyx-tokens': { open: openPyxTokens, owner: 'foreign' },
  'uv-text': { open: openUvText, owner: 'foreign' },
  netrc: { open: openNetrc, owner: 'foreign' },
} as const satisfies Partial<Record<StoreName, Row>>;

type WritableName = keyof typeof storeTable;
const names = Object.keys(storeTable) as WritableName[];

const openAll = async (context: Context): Promise<Map<WritableName, CredentialStore>> => {
  const stores = new Map<WritableName, CredentialStore>();
  for (const name of names) {
    const store = await storeTable[name].open(context);
    if (store !== undefined) stores.set(name, store);
  }
  return stores;
};

/** The store that `--store` or `PKGAUTH_STORE` asks for. */
const namedStore = (
  context: Context,
  stores: Map<WritableName, CredentialStore>,
): CredentialStore | undefined => {
  const wanted = settingOf(context.env, 'store');
  if (wanted === undefined) return undefined;
  if (!Object.hasOwn(storeTable, wanted.value)) {
    throw new ClientError('usage', `there is no store of that name; there are ${names.join(', ')}`);
  }
  const store = stores.get(wanted.value as WritableName);
  if (store !== undefined) return store;
  throw new ClientError(
    'store-unavailable',
    `there is no place for the store ${wanted.value} on this machine`,
    {
      hint: 'set HOME, or PKGAUTH_CREDENTIALS_FILE to a file of its own',
    },
  );
};

/** Services that a token from a variable may be meant for: those with a login session or API key. */
const servicesOf = async (stores: readonly CredentialStore[]): Promise<string[]> => {
  const listed = await Promise.all(stores.map((store) => store.list().catch(() => [])));
  const ours = listed.flat().filter(({ kind }) => kind === 'session' || kind === 'api-key');
  return [...new Set(ours.map(({ service }) => service))];
};

const open = async (context: Context): Promise<Chain> => {
  const stores = await openAll(context);
  const all = [...stores.values()];
  const own = names
    .filter((name) => storeTable[name].owner === 'own')
    .flatMap((name) => stores.get(name) ?? []);
  const named = namedStore(context, stores);
  const env = openEnv(context, () => servicesOf(all));
  return chainOf(context, {
    stores: [env, ...(named === undefined ? all : [named])],
    writable: named === undefined ? own : [named],
    own,
  });
};

const chains = new WeakMap<Context, Promise<Chain>>();

/** The stores of a context; opened once, and without touching any of them. Throws `usage` and `store-unavailable`. */
export const openChain = (context: Context): Promise<Chain> => {
  const known = chains.get(context);
  if (known !== undefined) return known;
  const chain = open(context);
  chains.set(context, chain);
  return chain;
};
