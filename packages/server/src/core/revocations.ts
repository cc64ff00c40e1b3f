import type { Revocation } from './model.ts';

/** Life of an access token. Every door promises it; revocations are kept for longer. Milliseconds. */
export const accessTokenLife = 60 * 60 * 1000;

/** How far the clocks of two nodes, or of a client and a node, may be apart. Milliseconds. */
export const leeway = 60 * 1000;

const kept = accessTokenLife + 10 * leeway;

/** For what never comes back (session, key, single token): also a token that is being minted right now is dead. */
export function revokedForGood(subject: string, at: number): Revocation {
  return { subject, notBefore: at + kept, expiresAt: at + kept };
}

/** For what may come back (a user): tokens issued until now are dead. */
export function revokedUntil(subject: string, at: number): Revocation {
  return { subject, notBefore: at, expiresAt: at + kept };
}

/** Subjects of revocations, see `Revocation`. */
export const subjectOf = {
  session: (id: string) => `session:${id}`,
  user: (id: string) => `user:${id}`,
  /** Not dead, but out of date: the roles in the user's tokens are no longer true. */
  roles: (userId: string) => `roles:${userId}`,
  apiKey: (id: string) => `api-key:${id}`,
  token: (jti: string) => `token:${jti}`,
} as const;
