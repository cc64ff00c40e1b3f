import {
  type BasicCredential,
  type BearerCredential,
  type CredentialKind,
  jwtExpiresAt,
  normalizeService,
  parseToken,
  type Secret,
  type ServiceCandidate,
} from '@pkgauth/protocol';
import type { Context } from './context.ts';
import { ClientError } from './errors.ts';
import { type Freshness, freshSession } from './fresh-session.ts';
import { exchangeApiKey } from './refresh.ts';
import {
  type CachedToken,
  cachedTokenPath,
  type Entry,
  openChain,
  readCachedToken,
  type StoreName,
  tokenUser,
  writeCachedToken,
} from './stores/index.ts';
import { isFreshEnough } from './token-times.ts';

/** A credential that is ready to be sent, and where it came from. */
export type Resolved = {
  /** What to send; a session's or API key's access token has become a bearer. */
  readonly credential: BasicCredential | BearerCredential;
  /** What the store holds. */
  readonly kind: CredentialKind;
  readonly service: string;
  readonly store: StoreName;
  /** File and line, or the keyring's or variable's name. */
  readonly origin: string;
  /** End of the access token by this machine's clock, milliseconds since the Unix epoch; absent when unknown. */
  readonly expiresAt?: number;
};

export type ResolveOptions = {
  /** Only a credential of this user; sessions, API keys and bearer tokens have the user `__token__`. */
  readonly username?: string;
  /** Milliseconds that an access token must still be good for; default 300,000. */
  readonly minimumLifetime?: number;
};

export type AccessTokenOptions = {
  /** Refresh although the stored token looks fresh, unless that was done within the last 30 seconds. */
  readonly force?: boolean;
};

/** What one context has found out; a process asks each thing once. */
type Memory = {
  readonly absent: Set<string>;
  readonly running: Map<string, Promise<unknown>>;
};

const defaultMinimum = 300_000;
const memories = new WeakMap<Context, Memory>();

const memoryOf = (context: Context): Memory => {
  const known = memories.get(context);
  if (known !== undefined) return known;
  const memory: Memory = { absent: new Set(), running: new Map() };
  memories.set(context, memory);
  return memory;
};

/** Requests for the same thing that run at the same time share one answer (RM14). */
const shared = async <T>(context: Context, key: string, work: () => Promise<T>): Promise<T> => {
  const { running } = memoryOf(context);
  const existing = running.get(key) as Promise<T> | undefined;
  if (existing !== undefined) return existing;
  const promise = work().finally(() => running.delete(key));
  running.set(key, promise);
  return promise;
};

type Bearer = { readonly token: Secret; readonly expiresAt?: number };

const bearer = ({ token, expiresAt }: Bearer): Pick<Resolved, 'credential' | 'expiresAt'> => ({
  credential: { kind: 'bearer', token },
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

const freshCached = async (
  context: Context,
  path: string,
  freshness: Freshness,
): Promise<CachedToken | undefined> => {
  const cached = await readCachedToken(context, path);
  return cached !== undefined && isFreshEnough(cached, context.now(), freshness) ? cached : undefined;
};

const exchangeHeld = async (
  context: Context,
  service: string,
  key: Secret,
  path: string,
  freshness: Freshness,
): Promise<CachedToken> => {
  const cached = await freshCached(context, path, freshness);
  if (cached !== undefined) return cached;
  const token = await exchangeApiKey(context, service, key);
  await writeCachedToken(context, path, token);
  return token;
};

const tokenOfKey = async (
  context: Context,
  service: string,
  key: Secret,
  freshness: Freshness,
): Promise<CachedToken> => {
  const path = cachedTokenPath(context, service, key);
  if (path === undefined) return exchangeApiKey(context, service, key);
  const cached = await freshCached(context, path, freshness);
  if (cached !== undefined) return cached;
  try {
    return await context.files.withLock(
      `${path}.lock`,
      30_000,
      () => exchangeHeld(context, service, key, path, freshness),
      () => freshCached(context, path, freshness),
    );
  } catch (error) {
    // Without a place to write, as in a read-only container, each process exchanges for itself (CS15).
    if (!(error instanceof ClientError) || error.code !== 'store-unavailable') throw error;
    return exchangeApiKey(context, service, key);
  }
};

const ready = async (
  context: Context,
  entry: Entry,
  freshness: Freshness,
): Promise<Pick<Resolved, 'credential' | 'expiresAt'>> => {
  const { credential, service } = entry;
  switch (credential.kind) {
    case 'basic':
      return { credential };
    case 'bearer': {
      const expiresAt = jwtExpiresAt(credential.token.reveal());
      return bearer({ token: credential.token, ...(expiresAt === undefined ? {} : { expiresAt }) });
    }
    case 'api-key':
      return bearer(await tokenOfKey(context, service, credential.key, freshness));
    case 'session': {
      const session = await freshSession(context, entry, credential, freshness);
      const { accessToken: token, expiresAt } = session;
      return bearer({ token, ...(expiresAt === undefined ? {} : { expiresAt }) });
    }
  }
};

const resolveEntry = async (context: Context, entry: Entry, freshness: Freshness): Promise<Resolved> => {
  const { service, origin, store, credential } = entry;
  const user = credential.kind === 'basic' ? credential.username : tokenUser;
  const key = JSON.stringify(['resolve', service, user, store.name, freshness]);
  const answer = await shared(context, key, () => ready(context, entry, freshness));
  return { ...answer, kind: credential.kind, service, store: store.name, origin };
};

/**
 * The credential for a request URL (or for a service as a `keyring` caller named it): matching → store → refresh. `undefined`
 * when nothing applies, which is remembered for this process; throws `ClientError`: `login-needed` when there is a login
 * that only a new one can replace, `credential-refused`, store and network codes.
 */
export const resolveCredential = async (
  context: Context,
  target: string | ServiceCandidate,
  options: ResolveOptions = {},
): Promise<Resolved | undefined> => {
  const candidate = typeof target === 'string' ? ({ kind: 'url', url: target } as const) : target;
  const { username, minimumLifetime = defaultMinimum } = options;
  const { absent } = memoryOf(context);
  const chain = await openChain(context);
  const question = JSON.stringify([chain.changes(), candidate, username]);
  if (absent.has(question)) return undefined;
  const entry = await shared(context, question, () => chain.find(candidate, username));
  if (entry === undefined) absent.add(question);
  return entry === undefined
    ? undefined
    : resolveEntry(context, entry, { minimum: minimumLifetime, force: false });
};

/** uv and netrc know only passwords, and hold an API key as that of `__token__`. */
const asKey = (entry: Entry, service: string): Entry => {
  const { credential } = entry;
  if (credential.kind !== 'basic' || parseToken(credential.password.reveal())?.kind !== 'api-key')
    return entry;
  return { ...entry, service, credential: { kind: 'api-key', key: credential.password } };
};

/**
 * An access token of the service that the user has logged in to, good for at least five minutes. Throws `login-needed` when
 * there is no login, or one with a password instead of a token; `ProtocolError` when `service` is not a host or URL.
 */
export const accessToken = async (
  context: Context,
  service: string,
  { force = false }: AccessTokenOptions = {},
): Promise<Resolved> => {
  const url = normalizeService(service);
  const entry = await (await openChain(context)).find({ kind: 'url', url }, tokenUser);
  if (entry === undefined) {
    throw new ClientError('login-needed', `there is no login to ${url}`, {
      hint: `pkgauth login ${service}`,
    });
  }
  return resolveEntry(context, asKey(entry, url), { minimum: defaultMinimum, force });
};
