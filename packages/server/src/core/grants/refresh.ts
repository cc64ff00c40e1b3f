import { formatToken, parseToken } from '@pkgauth/protocol';
import { recordAudit } from '../audit.ts';
import { ServiceError } from '../errors.ts';
import { type UserStanding, userStanding } from '../identity/standing.ts';
import type { LoginSession, RefreshToken } from '../model.ts';
import type { Clock, Crypto, Random, Storage } from '../ports/index.ts';
import type { IssuedTokens, Refresh, RefreshRequest } from '../services.ts';
import { issued, type SessionService, sessionLife } from '../sessions.ts';
import type { AccessToken, TokenService } from '../tokens/token-service.ts';
import { narrowScope } from './scope.ts';

/** A repeated answer carries the access token of the first one, unless less than this is left of it. Milliseconds. */
const leastLife = 5 * 60 * 1000;

export type RefreshDeps = {
  storage: Storage;
  crypto: Crypto;
  clock: Clock;
  random: Random;
  tokens: TokenService;
  sessions: Pick<SessionService, 'end'>;
  /** For how long (ms) a rotated token still answers with the current pair. */
  grace: number;
};

/** What one call works with. `at` is when it began to read. */
type Call = {
  input: RefreshRequest;
  session: LoginSession;
  standing: UserStanding;
  scope: string;
  at: number;
};

/** What a rotated token keeps sealed for its own holder. */
type Pair = { refreshToken: string; access: AccessToken };

/**
 * Refresh token rotation. Exactly one caller rotates a token. Whoever else presents it, or an ancestor that was rotated
 * within the grace time, gets the same current pair; so does the holder of the parent of a token that nobody used yet,
 * however late, because the answer that carried it was lost. Anything else is reuse, and ends that session alone.
 *
 * The pair is not stored in the clear: each rotated token has its successor sealed under a key that derives from the
 * rotated token itself.
 */
export function createRefresh(deps: RefreshDeps): Refresh {
  return {
    async exchange(input) {
      const at = deps.clock.now();
      if (parseToken(input.token)?.kind !== 'refresh') throw unknown();
      const row = await deps.storage.loginSessions.findToken(deps.crypto.sha256(input.token));
      if (row === undefined) throw unknown();
      const call = await admit(deps, input, row.sessionId, at);
      if (row.rotatedAt === null) {
        const pair = await rotate(deps, call, row);
        if (pair !== undefined) return answer(deps, call, pair);
      }
      return answer(deps, call, await repeat(deps, call));
    },
  };
}

const unknown = (): ServiceError => new ServiceError('invalid-grant', 'The refresh token is not known here');
const ended = (): ServiceError => new ServiceError('invalid-grant', 'The login was revoked');

async function admit(deps: RefreshDeps, input: RefreshRequest, sessionId: string, at: number): Promise<Call> {
  const session = await deps.storage.loginSessions.get(sessionId);
  if (session === undefined) throw unknown();
  if (session.revokedAt !== null) throw ended();
  if (at >= session.idleExpiresAt || at >= session.expiresAt) {
    throw new ServiceError('invalid-grant', 'The login has expired');
  }
  if (input.clientId !== null && input.clientId !== session.clientId) {
    throw new ServiceError('invalid-grant', 'The refresh token belongs to another client');
  }
  const standing = await userStanding(deps.storage, session.userId);
  if (standing === undefined) throw new ServiceError('invalid-grant', 'The account is disabled');
  return { input, session, standing, scope: narrowScope(session.scope, input.scope), at };
}

/** Undefined when another caller was first. */
async function rotate(deps: RefreshDeps, call: Call, row: RefreshToken): Promise<Pair | undefined> {
  const { storage, crypto, random, tokens } = deps;
  const { session, standing, at } = call;
  const refreshToken = formatToken('refresh', random.bytes(32));
  const pair = { refreshToken, access: tokens.forSession(session, standing, session.scope, at) };
  const successor: RefreshToken = {
    hash: crypto.sha256(refreshToken),
    sessionId: session.id,
    generation: row.generation + 1,
    createdAt: at,
    usedAt: null,
    rotatedAt: null,
    successorHash: null,
    sealedSuccessor: null,
  };
  const sealed = crypto.sealWith(call.input.token, JSON.stringify(pair), sealContext(row.hash));
  const times = { lastUsedAt: at, idleExpiresAt: Math.min(at + sessionLife.idle, session.expiresAt) };
  const outcome = await storage.transaction(async (step) => {
    await step.loginSessions.markUsed(row.hash, at);
    return step.loginSessions.rotate(row.hash, successor, sealed, times);
  });
  if (outcome === 'revoked') throw ended();
  return outcome === 'rotated' ? pair : undefined;
}

const sealContext = (hash: string): string => `refresh-token:${hash}`;

async function repeat(deps: RefreshDeps, call: Call): Promise<Pair> {
  const { storage, crypto, grace } = deps;
  const row = await storage.loginSessions.findToken(crypto.sha256(call.input.token));
  if (row === undefined || row.rotatedAt === null) throw unknown();
  if (call.at - row.rotatedAt <= grace) return followChain(deps, call.input.token, row);
  const successor =
    row.successorHash === null ? undefined : await storage.loginSessions.findToken(row.successorHash);
  if (successor?.usedAt === null && row.sealedSuccessor !== null)
    return openPair(crypto, call.input.token, row);
  return refuseReuse(deps, call);
}

/** The pair at the end of the chain that begins with this rotated token. */
async function followChain(deps: RefreshDeps, token: string, row: RefreshToken): Promise<Pair> {
  let pair = openPair(deps.crypto, token, row);
  for (;;) {
    const next = await deps.storage.loginSessions.findToken(deps.crypto.sha256(pair.refreshToken));
    if (next === undefined) throw unknown();
    if (next.rotatedAt === null) return pair;
    pair = openPair(deps.crypto, pair.refreshToken, next);
  }
}

function openPair(crypto: Crypto, token: string, row: RefreshToken): Pair {
  if (row.sealedSuccessor === null) throw unknown();
  return JSON.parse(crypto.openWith(token, row.sealedSuccessor, sealContext(row.hash))) as Pair;
}

async function refuseReuse({ storage, clock, sessions }: RefreshDeps, call: Call): Promise<never> {
  const { session, input } = call;
  const by = { actor: 'anonymous', request: input.request };
  await recordAudit(storage, clock, by, { action: 'session.reuse-detected', target: session.id });
  await sessions.end(session.id, 'refresh-token-reuse', by);
  throw new ServiceError(
    'invalid-grant',
    'The refresh token was used before; the login was ended to be safe',
  );
}

function answer(deps: RefreshDeps, call: Call, pair: Pair): IssuedTokens {
  const { session, standing, scope, at } = call;
  const goesOn = scope === session.scope && pair.access.expiresAt - at >= leastLife;
  const access = goesOn ? pair.access : deps.tokens.forSession(session, standing, scope, at);
  return { ...issued(access, pair.refreshToken, session, at), scope };
}
