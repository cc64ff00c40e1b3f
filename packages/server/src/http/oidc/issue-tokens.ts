import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { ServiceError } from '../../core/errors.ts';
import { type Crypto, type RequestContext, type Storage, StorageError } from '../../core/ports/index.ts';
import type { IssuedTokens, Refresh } from '../../core/services.ts';
import type { SessionService } from '../../core/sessions.ts';
import { knownScopes } from './clients.ts';
import { sessionIdOfGrant } from './grant-session.ts';

export type IssueDeps = {
  storage: Storage;
  crypto: Crypto;
  sessions: Pick<SessionService, 'openWithin'>;
  refresh: Refresh;
  requestOf(ctx: KoaContextWithOIDC): RequestContext;
};

type TokenBody = Record<string, unknown>;

/** RFC 6749 §5.1. */
const tokenBody = (tokens: IssuedTokens): TokenBody => ({
  access_token: tokens.accessToken,
  token_type: 'Bearer',
  expires_in: tokens.expiresIn,
  refresh_token: tokens.refreshToken,
  scope: tokens.scope,
});

/**
 * Stands around the engine: after it has checked an authorization code or device code and answered the token request,
 * its access token is replaced by a login session's pair. The id token stays.
 */
export function replaceIssuedTokens(deps: IssueDeps) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    if (ctx.oidc?.route !== 'token' || ctx.status !== 200) return;
    const source = ctx.oidc.entities.AuthorizationCode ?? ctx.oidc.entities.DeviceCode;
    if (source === undefined) return;
    try {
      const { id_token: idToken } = ctx.body as TokenBody;
      const tokens = await openSession(deps, ctx, source);
      ctx.body = { ...tokenBody(tokens), ...(idToken === undefined ? {} : { id_token: idToken }) };
    } catch (error) {
      answerFailure(ctx, error);
    }
  };
}

type Source = Partial<Record<'accountId' | 'grantId' | 'clientId' | 'scope', string | undefined>>;

function openSession(deps: IssueDeps, ctx: KoaContextWithOIDC, source: Source): Promise<IssuedTokens> {
  const { accountId: userId = '', grantId = '', clientId = '', scope = '' } = source;
  const input = { userId, clientId, door: 'oauth', scope, request: deps.requestOf(ctx) } as const;
  const id = sessionIdOfGrant(deps.crypto, grantId);
  return deps.storage.transaction((step) => deps.sessions.openWithin(step, input, id));
}

function answerFailure(ctx: KoaContextWithOIDC, error: unknown): void {
  if (error instanceof ServiceError && error.code === 'invalid-grant') {
    ctx.status = 400;
    ctx.body = { error: 'invalid_grant', error_description: error.message };
  } else if (error instanceof StorageError && error.code === 'unavailable') {
    ctx.status = 503;
    ctx.body = {
      error: 'temporarily_unavailable',
      error_description: 'the service cannot reach its storage',
    };
  } else {
    throw error;
  }
}

/** The `refresh_token` grant. Its errors keep their sentence: it is what tells a person why to log in again. */
export function refreshGrant({ refresh, requestOf }: IssueDeps) {
  return async (ctx: KoaContextWithOIDC): Promise<void> => {
    const { refresh_token: token, scope } = ctx.oidc.params ?? {};
    const clientId = ctx.oidc.client?.clientId;
    if (typeof token !== 'string' || clientId === undefined) {
      throw new errors.InvalidRequest("missing required parameter 'refresh_token'");
    }
    // Clients repeat what they asked for at the login, where scopes that nobody knows were left out as well.
    const asked = typeof scope === 'string' ? knownScopes(scope).join(' ') : undefined;
    try {
      ctx.body = tokenBody(
        await refresh.exchange({ token, clientId, scope: asked, request: requestOf(ctx) }),
      );
    } catch (error) {
      throw oauthError(error);
    }
  };
}

function oauthError(error: unknown): unknown {
  if (error instanceof ServiceError) {
    const code = error.code === 'invalid-request' ? 'invalid_scope' : 'invalid_grant';
    return new errors.CustomOIDCProviderError(code, error.message);
  }
  if (error instanceof StorageError && error.code === 'unavailable') {
    const outage = new errors.TemporarilyUnavailable('the service cannot reach its storage', {
      cause: error,
    });
    return Object.assign(outage, { status: 503, statusCode: 503 });
  }
  return error;
}
