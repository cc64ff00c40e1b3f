import { decodeJwtPayload } from '@pkgauth/protocol';
import { type Context, Hono } from 'hono';
import { credentialError, ServiceError } from '../../core/errors.ts';
import type { Storage } from '../../core/ports/index.ts';
import type { Services } from '../../core/services.ts';
import type { HttpEnv } from '../environment.ts';
import { isClientId, scopes } from '../oidc/clients.ts';
import { paths } from '../oidc/paths.ts';
import { readFields } from './request-body.ts';

export type OauthSurfaceDeps = Pick<Services, 'sessions' | 'verifier' | 'signingKeys'> & {
  storage: Storage;
  /** Also the issuer. */
  origin: string;
};

/**
 * The parts of OAuth and OpenID Connect that stand beside the engine of `oidc/`: metadata, keys, revocation, userinfo.
 * Metadata is made of the configured origin and never of the request's headers.
 */
export function oauthSurface(deps: OauthSurfaceDeps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const server = authorizationServerMetadata(deps.origin);
  app.get(paths.openidConfiguration, (c) => c.json(server, 200, published));
  app.get(paths.authorizationServer, (c) => c.json(server, 200, published));
  app.get(paths.protectedResource, (c) => c.json(protectedResourceMetadata(deps.origin), 200, published));
  app.get(paths.jwks, (c) => {
    const keys = deps.signingKeys.published().map(({ publicJwk }) => publicJwk);
    return c.json({ keys }, 200, published);
  });
  app.post(paths.revocation, (c) => revoke(c, deps));
  app.on(['GET', 'POST'], paths.userinfo, (c) => userinfo(c, deps));
  return app;
}

/** Keys are published ten minutes before they sign; a document may be half as old. Any site may read it. */
const published = {
  'Cache-Control': 'public, max-age=300',
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};
const noStore = { 'Cache-Control': 'no-store' };

/** RFC 8414 and OpenID Connect Discovery 1.0 in one document. */
function authorizationServerMetadata(origin: string) {
  const at = (path: string): string => new URL(path, origin).href;
  return {
    issuer: origin,
    authorization_endpoint: at(paths.authorization),
    token_endpoint: at(paths.token),
    device_authorization_endpoint: at(paths.deviceAuthorization),
    revocation_endpoint: at(paths.revocation),
    userinfo_endpoint: at(paths.userinfo),
    jwks_uri: at(paths.jwks),
    scopes_supported: scopes,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    claims_supported: ['sub', 'name', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'nonce'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  };
}

/** RFC 9728. */
const protectedResourceMetadata = (origin: string) => ({
  resource: origin,
  resource_name: 'pkgauth',
  authorization_servers: [origin],
  bearer_methods_supported: ['header'],
  scopes_supported: scopes,
});

/** RFC 7009: 200 also for what is unknown, 503 when it could not be done. */
async function revoke(c: Context<HttpEnv>, { sessions }: OauthSurfaceDeps): Promise<Response> {
  const fields = await readFields(c).catch((error: unknown) => error);
  const request = c.get('request');
  if (fields instanceof ServiceError && fields.code !== 'too-large')
    return oauthError(c, 400, 'invalid_request', fields.message);
  if (fields instanceof Error) throw fields;
  const { client_id: clientId, token } = fields as Record<string, unknown>;
  if (typeof clientId !== 'string' || !isClientId(clientId)) {
    return oauthError(c, 401, 'invalid_client', 'the client is not registered');
  }
  if (typeof token !== 'string' || token === '')
    return oauthError(c, 400, 'invalid_request', 'token is missing');
  if (!(await sessions.revokeByAccessToken(token, request))) {
    await sessions.revokeByRefreshToken(token, clientId, request);
  }
  return c.body(null, 200, noStore);
}

const oauthError = (
  c: Context<HttpEnv>,
  status: 400 | 401,
  error: string,
  error_description: string,
): Response => c.json({ error, error_description }, status, noStore);

/** OpenID Connect Core §5.3. Only for access tokens of a login that asked for `openid`. */
async function userinfo(c: Context<HttpEnv>, { verifier, storage }: OauthSurfaceDeps): Promise<Response> {
  const authorization = c.req.header('Authorization');
  const verified = await verifier.verify(authorization);
  if (!verified.ok) throw credentialError(verified.problem, verified.message);
  const { principal } = verified;
  const scope = new Set(scopeOf(authorization).split(' '));
  if (principal.kind !== 'user' || !scope.has('openid')) {
    throw new ServiceError('forbidden', 'The login was not asked for the scope openid');
  }
  const user = await storage.users.get(principal.userId);
  const name = scope.has('profile') && user !== undefined && user.name !== '' ? { name: user.name } : {};
  return c.json({ sub: principal.userId, ...name }, 200, noStore);
}

/** Only for a header that was verified. */
function scopeOf(authorization: string | undefined): string {
  const token = authorization?.slice(authorization.indexOf(' ') + 1) ?? '';
  const { scope } = decodeJwtPayload(token) ?? {};
  return typeof scope === 'string' ? scope : '';
}
