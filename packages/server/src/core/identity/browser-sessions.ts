import { recordAudit } from '../audit.ts';
import { ServiceError } from '../errors.ts';
import type { BrowserSession } from '../model.ts';
import type { Clock, Crypto, Random, RequestContext, Storage } from '../ports/index.ts';
import { newId, newSecret } from '../random-text.ts';
import type { BrowserSessions, By } from '../services.ts';
import { rolesOf, userStanding } from './standing.ts';

const minute = 60 * 1000;
/** Milliseconds. `fresh`: how long a proof of identity counts for what is dangerous. */
const browserSessionLife = { absolute: 12 * 60 * minute, fresh: 30 * minute } as const;

/** "Last seen" is written at most so often (ms). */
const touchInterval = 5 * minute;

export type BrowserSessionDeps = { storage: Storage; crypto: Crypto; clock: Clock; random: Random };

export function createBrowserSessions(deps: BrowserSessionDeps): BrowserSessions {
  const { storage, crypto, clock, random } = deps;
  const isSecret = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
  const load = async (secret: string): Promise<BrowserSession | undefined> =>
    isSecret(secret) ? storage.browserSessions.findBySecretHash(crypto.sha256(secret)) : undefined;

  return {
    async open(userId, former, request) {
      const secret = newSecret(random);
      const session = newSession(newId(random, 'brs'), crypto.sha256(secret), userId, clock.now(), request);
      const old = former === undefined ? undefined : await load(former);
      await storage.transaction(async (step) => {
        const standing = await userStanding(step, userId);
        if (standing === undefined) throw new ServiceError('forbidden', 'The account is disabled');
        if (old !== undefined) await step.browserSessions.delete(old.id);
        await step.browserSessions.insert(session);
        const by = { actor: `user:${userId}`, request };
        await recordAudit(step, clock, by, { action: 'browser-session.open', target: session.id });
      });
      return { secret, session };
    },
    async find(secret) {
      const session = await load(secret);
      const now = clock.now();
      if (session === undefined || now >= session.expiresAt) return undefined;
      const user = await storage.users.get(session.userId);
      if (user === undefined || user.disabledAt !== null) return undefined;
      if (now - session.lastSeenAt >= touchInterval) await storage.browserSessions.touch(session.id, now);
      return { session, user };
    },
    isFresh: (session) => clock.now() - session.authenticatedAt < browserSessionLife.fresh,
    async principal({ session, user }) {
      const standing = await userStanding(storage, user.id);
      if (standing === undefined) return { kind: 'anonymous' };
      return {
        kind: 'user',
        userId: user.id,
        credential: 'browser-session',
        roles: rolesOf(standing),
        onlyOrganization: null,
        credentialId: session.id,
      };
    },
    async end(secret) {
      const session = await load(secret);
      if (session !== undefined) await storage.browserSessions.delete(session.id);
    },
    async listOfUser(userId) {
      const sessions = await storage.browserSessions.listOfUser(userId);
      const now = clock.now();
      return sessions.filter(({ expiresAt }) => now < expiresAt).sort((a, b) => b.createdAt - a.createdAt);
    },
    endOne: (sessionId, userId, by) => endOne(deps, sessionId, userId, by),
  };
}

function endOne(
  { storage, clock }: BrowserSessionDeps,
  sessionId: string,
  userId: string,
  by: By,
): Promise<boolean> {
  return storage.transaction(async (step) => {
    const own = await step.browserSessions.listOfUser(userId);
    if (!own.some(({ id }) => id === sessionId)) return false;
    await step.browserSessions.delete(sessionId);
    await recordAudit(step, clock, by, { action: 'browser-session.end', target: sessionId });
    return true;
  });
}

function newSession(
  id: string,
  secretHash: string,
  userId: string,
  at: number,
  { ip, userAgent }: RequestContext,
): BrowserSession {
  const times = {
    createdAt: at,
    lastSeenAt: at,
    expiresAt: at + browserSessionLife.absolute,
    authenticatedAt: at,
  };
  return { id, secretHash, userId, ...times, ip, userAgent };
}
