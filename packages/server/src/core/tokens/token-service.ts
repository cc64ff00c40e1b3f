import {
  type AccessTokenClaims,
  apiKeyClaim,
  organizationNameClaim,
  organizationsClaim,
} from '@pkgauth/protocol';
import { rolesOf, type ServiceAccountStanding, type UserStanding } from '../identity/standing.ts';
import type { ApiKey, LoginSession } from '../model.ts';
import type { Random } from '../ports/index.ts';
import { newId } from '../random-text.ts';
import { accessTokenLife } from '../revocations.ts';
import type { Keyring } from '../signing-keys.ts';

/** `expiresAt`: milliseconds since the Unix epoch, a whole second. */
export type AccessToken = { token: string; expiresAt: number };

/** From `now` (ms), in whole seconds as the token's own claims count them. */
export const secondsUntil = (expiresAt: number, now: number): number =>
  Math.floor(expiresAt / 1000) - Math.floor(now / 1000);

/** Client id of tokens that stem from an API key and no OAuth client. */
export const apiKeyClientId = 'api-key';

/** More roles than this would make the token too large for some proxies; they are then read from the storage. */
const mostRoles = 30;

/** The organization that holds the service's own public views is no tenant to greet anybody with. */
const ownOrganization = 'public';

/**
 * The only maker of access tokens (RFC 9068), whichever door asks.
 *
 * `at` is the time (ms) at which the caller began to read what it puts into the token. It becomes `iat`, so that a
 * revocation that commits meanwhile is never older than the token.
 */
export type TokenService = {
  forSession(
    session: Pick<LoginSession, 'id' | 'clientId'>,
    standing: UserStanding,
    scope: string,
    at: number,
  ): AccessToken;
  /** Never outlives the key. */
  forKey(key: ApiKey, standing: UserStanding | ServiceAccountStanding, at: number): AccessToken;
};

export type TokenServiceDeps = { keyring: Pick<Keyring, 'sign'>; random: Random; issuer: string };

export function createTokenService({ keyring, random, issuer }: TokenServiceDeps): TokenService {
  const mint = (claims: Omit<AccessTokenClaims, 'iss' | 'aud' | 'jti'>): AccessToken => {
    const full: AccessTokenClaims = { iss: issuer, aud: issuer, jti: newId(random, 'jti'), ...claims };
    return { token: keyring.sign(full), expiresAt: claims.exp * 1000 };
  };
  return {
    forSession: (session, standing, scope, at) =>
      mint({
        sub: standing.user.id,
        client_id: session.clientId,
        sid: session.id,
        scope,
        ...times(at, Number.POSITIVE_INFINITY),
        ...organizationClaims(standing),
      }),
    forKey: (key, standing, at) =>
      mint({
        sub: key.ownerId,
        client_id: apiKeyClientId,
        scope: '',
        [apiKeyClaim]: key.id,
        ...times(at, key.expiresAt),
        ...organizationClaims(standing),
      }),
  };
}

function times(at: number, notAfter: number): { iat: number; exp: number } {
  const iat = Math.floor(at / 1000);
  return { iat, exp: Math.min(iat + accessTokenLife / 1000, Math.floor(notAfter / 1000)) };
}

type OrganizationClaims = Pick<AccessTokenClaims, typeof organizationNameClaim | typeof organizationsClaim>;

function organizationClaims(standing: UserStanding | ServiceAccountStanding): OrganizationClaims {
  if (standing.kind === 'service-account') return { [organizationNameClaim]: standing.organization.title };
  const { memberships } = standing;
  const [tenant, ...more] = memberships.filter(({ organization }) => organization.slug !== ownOrganization);
  const name =
    tenant !== undefined && more.length === 0 ? { [organizationNameClaim]: tenant.organization.title } : {};
  return memberships.length > mostRoles ? name : { ...name, [organizationsClaim]: rolesOf(standing) };
}
