import { formatToken, isAccessTokenClaims, parseToken } from '@pkgauth/protocol';
import { recordAudit } from './audit.ts';
import { ServiceError } from './errors.ts';
import { userStanding } from './identity/standing.ts';
import type { LoginSession, RefreshToken } from './model.ts';
import type { Clock, Crypto, Epoch, Random, Storage } from './ports/index.ts';
import { newId } from './random-text.ts';
import { revokedForGood, subjectOf } from './revocations.ts';
import type { By, IssuedTokens, NewSession, Sessions } from './services.ts';
import type { Keyring } from './signing-keys.ts';
import { type AccessToken, apiKeyClientId, secondsUntil, type TokenService } from './tokens/token-service.ts';
import { programOf } from './user-agent.ts';

const day = 24 * 60 * 60 * 1000;
/** A login session ends when it was not used for so long, and in any case after the second time. Milliseconds. */
export const sessionLife = { idle: 30 * day, absolute: 365 * day } as const;

export type SessionDeps = {
  storage: Storage;
  crypto: Crypto;
  clock: Clock;
  random: Random;
  epoch: Epoch;
  tokens: TokenService;
  keyring: Pick<Keyring, 'verify'>;
  issuer: string;
};

/** Sessions as those need them who open one as part of a larger change. */
export type SessionService = Sessions & {
  /** As `open`, in the caller's transaction. `id` when the caller must be able to name the session beforehand. */
  openWithin(step: Storage, input: NewSession, id?: string): Promise<IssuedTokens>;
  /** As `revoke`, whoever the user is; for the doors that prove the session by its own tokens. */
  end(sessionId: string, reason: string, by: By | undefined): Promise<boolean>;
};

export function createSessions(deps: SessionDeps): SessionService {
  const { storage, crypto, keyring, epoch, issuer } = deps;

  async function end(sessionId: string, reason: string, by: By | undefined): Promise<boolean> {
    const known = await storage.transaction((step) => endWithin(deps, step, sessionId, reason, by));
    // Also when it had ended before: the caller may be repeating a call that failed after the change.
    await epoch.refresh();
    return known;
  }

  const byOwner = (request: NonNullable<By['request']>, userId: string): By => ({
    actor: `user:${userId}`,
    request,
  });

  return {
    open: (input) => storage.transaction((step) => openWithin(deps, step, input)),
    openWithin: (step, input, id) => openWithin(deps, step, input, id),
    end,
    listOfUser: (userId) => storage.loginSessions.listOfUser(userId),
    async revoke(sessionId, userId, reason, by) {
      const session = await storage.loginSessions.get(sessionId);
      return session?.userId === userId && end(sessionId, reason, by);
    },
    async revokeOfUser(userId, reason, by) {
      const count = await storage.transaction((step) => endOfUserWithin(deps, step, userId, reason, by));
      await epoch.refresh();
      return count;
    },
    async revokeByRefreshToken(token, clientId, request) {
      if (parseToken(token)?.kind !== 'refresh') return;
      const row = await storage.loginSessions.findToken(crypto.sha256(token));
      const session = row && (await storage.loginSessions.get(row.sessionId));
      if (session?.clientId !== clientId) return;
      await end(session.id, 'logout', byOwner(request, session.userId));
    },
    async revokeByAccessToken(token, request) {
      const claims = keyring.verify(token);
      if (claims === undefined || !isAccessTokenClaims(claims) || claims.iss !== issuer) return false;
      if (claims.sid !== undefined) await end(claims.sid, 'logout', byOwner(request, claims.sub));
      else if (claims.client_id === apiKeyClientId) await revokeSingleToken(deps, claims.jti);
      return true;
    },
  };
}

async function openWithin(
  deps: SessionDeps,
  step: Storage,
  input: NewSession,
  id?: string,
): Promise<IssuedTokens> {
  const { crypto, clock, random, tokens } = deps;
  const at = clock.now();
  const standing = await userStanding(step, input.userId);
  if (standing === undefined) throw new ServiceError('invalid-grant', 'The account is disabled');
  const session = newSession(input, id ?? newId(random, 'ses'), at);
  const refreshToken = formatToken('refresh', random.bytes(32));
  await step.loginSessions.open(session, firstToken(crypto.sha256(refreshToken), session.id, at));
  await recordAudit(
    step,
    clock,
    { actor: `user:${session.userId}`, request: input.request },
    {
      action: 'session.open',
      target: session.id,
      detail: { client: session.clientId, door: session.door, label: session.label },
    },
  );
  return issued(tokens.forSession(session, standing, session.scope, at), refreshToken, session, at);
}

function newSession(input: NewSession, id: string, at: number): LoginSession {
  const { userId, clientId, door, scope, request } = input;
  return {
    id,
    userId,
    clientId,
    door,
    scope,
    label: programOf(request.userAgent),
    ip: request.ip,
    createdAt: at,
    lastUsedAt: at,
    idleExpiresAt: at + sessionLife.idle,
    expiresAt: at + sessionLife.absolute,
    revokedAt: null,
    revokedReason: null,
  };
}

function firstToken(hash: string, sessionId: string, createdAt: number): RefreshToken {
  const nothing = { usedAt: null, rotatedAt: null, successorHash: null, sealedSuccessor: null };
  return { hash, sessionId, generation: 0, createdAt, ...nothing };
}

/** The answer of a door; `now` in milliseconds, so that `expiresIn` is real. */
export function issued(
  access: AccessToken,
  refreshToken: string,
  session: Pick<LoginSession, 'id' | 'scope'>,
  now: number,
): IssuedTokens {
  return {
    accessToken: access.token,
    expiresIn: secondsUntil(access.expiresAt, now),
    refreshToken,
    scope: session.scope,
    sessionId: session.id,
  };
}

async function endWithin(
  { clock }: SessionDeps,
  step: Storage,
  sessionId: string,
  reason: string,
  by: By | undefined,
): Promise<boolean> {
  const session = await step.loginSessions.get(sessionId);
  if (session === undefined) return false;
  const at = clock.now();
  if (!(await step.loginSessions.revoke(sessionId, at, reason))) return true;
  await step.revocations.add([revokedForGood(subjectOf.session(sessionId), at)]);
  await recordAudit(step, clock, by ?? { actor: `user:${session.userId}`, request: null }, {
    action: 'session.revoke',
    target: sessionId,
    detail: { reason },
  });
  return true;
}

/** Ends every login session of a user as part of a larger change; answers how many. */
export async function endOfUserWithin(
  { clock }: { clock: Clock },
  step: Storage,
  userId: string,
  reason: string,
  by: By,
): Promise<number> {
  const at = clock.now();
  const ended = await step.loginSessions.revokeOfUser(userId, at, reason);
  await step.revocations.add(ended.map((id) => revokedForGood(subjectOf.session(id), at)));
  for (const target of ended) {
    await recordAudit(step, clock, by, { action: 'session.revoke', target, detail: { reason } });
  }
  return ended.length;
}

async function revokeSingleToken({ storage, clock, epoch }: SessionDeps, jti: string): Promise<void> {
  await storage.revocations.add([revokedForGood(subjectOf.token(jti), clock.now())]);
  await epoch.refresh();
}
