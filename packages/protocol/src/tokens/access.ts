/** A member's role in an organization, as access tokens and answers spell it. */
export type OrganizationRole = 'owner' | 'admin' | 'member';

/** JOSE header members of our access tokens (RFC 9068 §2.1) besides `kid`. */
export const accessTokenHeader = { typ: 'at+jwt', alg: 'ES256' } as const;

/** Display name of the organization, the claim that uv shows after a login. */
export const organizationNameClaim = 'urn:pyx:org_name';
/** The organizations that the subject may act in. */
export const organizationsClaim = 'urn:pkgauth:orgs';
/** Id of the API key that the token was minted from. */
export const apiKeyClaim = 'urn:pkgauth:key';

/** Claims of our access tokens (RFC 9068). Times are whole seconds since the Unix epoch. */
export type AccessTokenClaims = {
  iss: string;
  sub: string;
  aud: string | string[];
  client_id: string;
  iat: number;
  exp: number;
  jti: string;
  scope: string;
  /** Login session, absent when the token stems from an API key or an exchange. */
  sid?: string;
  'urn:pyx:org_name'?: string;
  /** Organization slug → role. */
  'urn:pkgauth:orgs'?: Record<string, OrganizationRole>;
  'urn:pkgauth:key'?: string;
};

const isText = (value: unknown): value is string => typeof value === 'string';
const isTime = (value: unknown): value is number => Number.isSafeInteger(value);
const isRole = (value: unknown): boolean => value === 'owner' || value === 'admin' || value === 'member';
const isAudience = (value: unknown): boolean =>
  isText(value) || (Array.isArray(value) && value.every(isText));
const isRoles = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isRole);

/** Whether a decoded payload has the shape of our access tokens; neither its signature nor its times are judged. */
export const isAccessTokenClaims = (
  payload: Record<string, unknown>,
): payload is Record<string, unknown> & AccessTokenClaims => {
  const { iss, sub, aud, client_id, iat, exp, jti, scope, sid } = payload;
  const name = payload[organizationNameClaim];
  const organizations = payload[organizationsClaim];
  const key = payload[apiKeyClaim];
  return (
    [iss, sub, client_id, jti, scope].every(isText) &&
    isAudience(aud) &&
    isTime(iat) &&
    isTime(exp) &&
    (sid === undefined || isText(sid)) &&
    (name === undefined || isText(name)) &&
    (organizations === undefined || isRoles(organizations)) &&
    (key === undefined || isText(key))
  );
};
