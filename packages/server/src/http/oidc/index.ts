import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { recordAudit } from '../../core/audit.ts';
import type { Core } from '../../core/create-services.ts';
import { ServiceError } from '../../core/errors.ts';
import type { Clock, Crypto, Random, Storage } from '../../core/ports/index.ts';
import type { Authorizations, DeviceApprovals } from '../../core/services.ts';
import type { Log } from '../../log.ts';
import type { Problems } from '../errors.ts';
import type { RequestContexts } from '../request-contexts.ts';
import type { RawHandler } from '../server.ts';
import { createAuthorizations } from './authorizations.ts';
import { createDeviceApprovals } from './device-approvals.ts';
import { createDevicePacing } from './device-pacing.ts';
import { paths } from './paths.ts';
import { createProvider } from './provider.ts';

/**
 * OAuth 2.1 and OpenID Connect, on the `oidc-provider` engine (docs/decisions/0002). This folder owns how the engine is
 * set up, where its states go and what replaces the tokens that it would issue; it must not know how a token is made or
 * a session kept. What the engine does not do (revocation, userinfo, discovery) stands in `surfaces/oauth.ts`. To add a
 * client, add a row to `clients.ts`; to add a grant, register it in `provider.ts` and let it answer from `core/grants/`.
 */
export type OidcDeps = {
  core: Pick<Core, 'sessions' | 'refresh' | 'signingKeys'>;
  storage: Storage;
  crypto: Crypto;
  clock: Clock;
  random: Random;
  contexts: RequestContexts;
  problems: Problems;
  log: Log;
  /** Also the issuer. */
  origin: string;
  /** A whole HTML document that says why a request cannot go on. */
  errorPage(detail: string, requestId: string): string;
};

export type Oidc = {
  /** Answers the engine's own paths. */
  readonly handler: RawHandler;
  readonly authorizations: Authorizations;
  readonly deviceApprovals: DeviceApprovals;
};

export function createOidc(deps: OidcDeps): Oidc {
  const current = createCurrentProvider(deps);
  const handler: RawHandler = (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const method = methodOf(pathname);
    if (method === undefined) return false;
    if (request.method !== method) {
      const error = new ServiceError('method-not-allowed', `Use ${method}`);
      deps.problems.write(response, error, deps.contexts.of(request).requestId);
      return true;
    }
    pinOrigin(request, deps.origin);
    setHeaders(response, deps.contexts.of(request).requestId, deps.origin);
    void current().callback()(request, response);
    return true;
  };
  return {
    handler,
    authorizations: createAuthorizations(current),
    deviceApprovals: createDeviceApprovals({ ...deps, provider: current }),
  };
}

function methodOf(path: string): 'GET' | 'POST' | undefined {
  if (path === paths.token || path === paths.deviceAuthorization) return 'POST';
  return path === paths.authorization || path.startsWith(`${paths.authorization}/`) ? 'GET' : undefined;
}

/** The engine builds addresses from the request; only the configured origin may be in them (OA30). */
function pinOrigin(request: IncomingMessage, origin: string): void {
  const { host, protocol } = new URL(origin);
  delete request.headers['x-forwarded-host'];
  request.headers.host = host;
  request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
}

function setHeaders(response: ServerResponse, requestId: string, origin: string): void {
  response.setHeader('X-Request-Id', requestId);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
  );
  if (origin.startsWith('https:')) response.setHeader('Strict-Transport-Security', 'max-age=31536000');
}

/** The engine takes its keys once; it is made anew when others sign. */
function createCurrentProvider(deps: OidcDeps): () => Provider {
  const { core, storage, crypto, clock, contexts, log, origin } = deps;
  const requestOf = (ctx: KoaContextWithOIDC) => contexts.of(ctx.req);
  const parts = {
    storage,
    crypto,
    clock,
    sessions: core.sessions,
    refresh: core.refresh,
    keyring: core.signingKeys,
    pacing: createDevicePacing(clock, crypto),
    issuer: origin,
    requestOf,
    errorPage: (detail: string, ctx: KoaContextWithOIDC) => deps.errorPage(detail, requestOf(ctx).requestId),
    refused: (ctx: KoaContextWithOIDC, error: Error) => void recordRefusal(deps, ctx, error),
  };
  let made: { provider: Provider; kids: string } | undefined;
  return () => {
    const kids = core.signingKeys
      .activePrivateJwks()
      .map((jwk) => String(jwk.kid))
      .join();
    if (made?.kids === kids) return made.provider;
    const provider = createProvider(parts);
    provider.on('server_error', (ctx, error) => {
      log.error({ requestId: requestOf(ctx).requestId, error }, 'authorization server failed');
    });
    made = { provider, kids };
    return provider;
  };
}

async function recordRefusal(
  { storage, clock, contexts, log }: OidcDeps,
  ctx: KoaContextWithOIDC,
  error: Error,
): Promise<void> {
  const by = { actor: 'anonymous', request: contexts.of(ctx.req) };
  const client = ctx.oidc.client?.clientId ?? 'unknown';
  try {
    await recordAudit(storage, clock, by, {
      action: 'authorization.refuse',
      detail: { client, error: error.message.slice(0, 100) },
    });
  } catch (cause) {
    log.warn({ error: cause }, 'a refused authorization request could not be recorded');
  }
}
