import type { SessionCredential } from '@pkgauth/protocol';
import type { Context } from './context.ts';
import { ClientError } from './errors.ts';
import { abandonSession, refreshSession } from './refresh.ts';
import { type Entry, type HeldEntry, sameCredential, tokenUser } from './stores/index.ts';
import { isFreshEnough, remainingLifetime } from './token-times.ts';

export type Freshness = { readonly minimum: number; readonly force: boolean };

/** Longest wait for the process that refreshes; it gives up earlier itself. */
const holdLimit = 30_000;

const loginNeeded = (service: string, reason: string): ClientError =>
  new ClientError('login-needed', `the login to ${service} ${reason}`, {
    hint: `pkgauth login ${service.replace(/^https:\/\/([^/]*)\/$/, '$1')}`,
  });

const requireLive = (session: SessionCredential, service: string): SessionCredential => {
  if (session.refusedAt === undefined) return session;
  throw loginNeeded(service, 'has ended');
};

const readSession = async (held: HeldEntry): Promise<SessionCredential | undefined> => {
  const credential = (await held.read())?.credential;
  return credential?.kind === 'session' ? credential : undefined;
};

/**
 * What the store holds after our own write was not taken: somebody else's newer login or refresh, whose tokens are used as
 * they are, or nothing, because the user has logged out meanwhile.
 */
const winner = async (service: string, held: HeldEntry): Promise<SessionCredential> => {
  const current = await readSession(held);
  if (current === undefined) throw loginNeeded(service, 'was removed while it was being refreshed');
  return requireLive(current, service);
};

/** Marks a refused session so that nobody asks again, unless it has been replaced since it was read (LF24). */
const markRefused = async (
  context: Context,
  service: string,
  held: HeldEntry,
  session: SessionCredential,
): Promise<SessionCredential> => {
  const marked = await held.replace(session, { ...session, refusedAt: context.now() });
  if (marked) throw loginNeeded(service, 'has ended: the server no longer accepts it');
  return winner(service, held);
};

const exchange = async (
  context: Context,
  service: string,
  held: HeldEntry,
  session: SessionCredential,
): Promise<SessionCredential> => {
  const outcome = await refreshSession(context, service, session);
  if (outcome.kind === 'refused') return markRefused(context, service, held, session);
  if (await held.replace(session, outcome.session)) return outcome.session;
  const current = await readSession(held);
  if (current === undefined) await abandonSession(context, service, outcome.session);
  return winner(service, held);
};

/** A server that cannot be reached is no reason to withhold a token that is still good for a while. */
const stillGood = (context: Context, session: SessionCredential, error: unknown): SessionCredential => {
  const isTransient =
    error instanceof ClientError && ['network', 'timeout', 'bad-response'].includes(error.code);
  if (!isTransient || remainingLifetime(session, context.now()) === 0) throw error;
  context.warn(`${error.message}; using the access token that is still valid`);
  return session;
};

const refreshHeld = async (
  context: Context,
  service: string,
  held: HeldEntry,
  seen: SessionCredential,
  freshness: Freshness,
): Promise<SessionCredential> => {
  const current = await readSession(held);
  if (current === undefined) throw loginNeeded(service, 'was removed');
  requireLive(current, service);
  // Another process refreshed while we waited: its tokens are what `force` asked for, too.
  const force = freshness.force && sameCredential(seen, current);
  if (isFreshEnough(current, context.now(), { ...freshness, force })) return current;
  try {
    return await exchange(context, service, held, current);
  } catch (error) {
    if (freshness.force) throw error;
    return stillGood(context, current, error);
  }
};

/** What another process stored while we waited for it; undefined as long as there is nothing new. */
const storedMeanwhile = async (
  context: Context,
  { store, service }: Entry,
  seen: SessionCredential,
  freshness: Freshness,
): Promise<SessionCredential | undefined> => {
  const credential = (await store.get(service, tokenUser))?.credential;
  if (credential?.kind !== 'session' || sameCredential(seen, credential)) return undefined;
  return isFreshEnough(credential, context.now(), { ...freshness, force: false }) ? credential : undefined;
};

/**
 * The session of an entry with an access token that is good for at least `minimum` milliseconds. Of all processes that find
 * it stale, one asks the server; the others wait for what it stores, and need not take its lock one after the other (LF22, N02).
 */
export const freshSession = async (
  context: Context,
  entry: Entry,
  seen: SessionCredential,
  freshness: Freshness,
): Promise<SessionCredential> => {
  const { store, service } = entry;
  requireLive(seen, service);
  if (isFreshEnough(seen, context.now(), freshness)) return seen;
  if (store.hold === undefined) throw loginNeeded(service, 'stands in a store that cannot be refreshed');
  return store.hold(
    service,
    holdLimit,
    (held) => refreshHeld(context, service, held, seen, freshness),
    () => storedMeanwhile(context, entry, seen, freshness),
  );
};
