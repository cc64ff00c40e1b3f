import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';
import { hostOf, jsonBody, send, unexpected } from './exchange.ts';
import { type JsonObject, textOf } from './json-members.ts';

/** A pkgauth service: where its doors are. */
export type Service = {
  /** `scheme://host[:port]`, without a slash; the issuer of its tokens. */
  readonly origin: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly deviceEndpoint: string | undefined;
  readonly revocationEndpoint: string | undefined;
  /** RFC 9207: an authorization answer without `iss` is not from this service. */
  readonly sendsIssuer: boolean;
};

/** RFC 8414 §3 first, then OpenID Connect Discovery §4, which older servers have alone. */
const documents = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'] as const;

const mixUp = (origin: string, issuer: string): ClientError => {
  const sameMachine = URL.canParse(issuer) && isLoopbackHost(issuer) && isLoopbackHost(origin);
  return new ClientError(
    'bad-response',
    `${hostOf(origin)} says that it is ${issuer}, which is another service`,
    {
      hint: sameMachine
        ? `pkgauth login ${new URL(issuer).origin}`
        : 'use the address that the service gives as its own',
    },
  );
};

const isLoopbackHost = (url: string): boolean =>
  /^(?:127(?:\.\d+){3}|\[::1\]|localhost)$/.test(new URL(url).hostname);

// The service serves all its doors itself; a door elsewhere would be handed our codes and tokens.
const endpoint = (origin: string, metadata: JsonObject, name: string): string | undefined => {
  const url = textOf(metadata, name);
  if (url === undefined) return undefined;
  if (!URL.canParse(url) || new URL(url).origin !== origin)
    throw unexpected(origin, `a ${name} at another address`);
  return url;
};

const serviceOf = (origin: string, metadata: JsonObject): Service | undefined => {
  const authorizationEndpoint = endpoint(origin, metadata, 'authorization_endpoint');
  const tokenEndpoint = endpoint(origin, metadata, 'token_endpoint');
  if (authorizationEndpoint === undefined || tokenEndpoint === undefined) return undefined;
  const methods = metadata.code_challenge_methods_supported;
  if (!Array.isArray(methods) || !methods.includes('S256')) {
    throw unexpected(origin, 'metadata without PKCE (S256), so a login could be stolen on its way');
  }
  return {
    origin,
    authorizationEndpoint,
    tokenEndpoint,
    deviceEndpoint: endpoint(origin, metadata, 'device_authorization_endpoint'),
    revocationEndpoint: endpoint(origin, metadata, 'revocation_endpoint'),
    sendsIssuer: metadata.authorization_response_iss_parameter_supported === true,
  };
};

/** Other OpenID providers have metadata too; only a pkgauth service refuses a nameless caller at this door like this. */
const speaksPkgauth = async (context: Context, origin: string): Promise<boolean> => {
  const answer = await send(context, {
    method: 'GET',
    url: `${origin}/api/v1/whoami`,
    headers: { Accept: 'application/json' },
  });
  return (
    answer.status === 401 && (answer.headers['content-type'] ?? '').startsWith('application/problem+json')
  );
};

/**
 * The pkgauth service at this origin; `undefined` when something else answers there. Follows RFC 8414, whose issuer must
 * be the very address that was asked (RFC 9207 §2.4). Throws `ClientError`: `network`, `tls`, `timeout` when nobody
 * answers, `bad-response` for another issuer, foreign endpoints or a server without PKCE.
 */
export const discoverService = async (context: Context, origin: string): Promise<Service | undefined> => {
  for (const path of documents) {
    const answer = await send(context, {
      method: 'GET',
      url: origin + path,
      headers: { Accept: 'application/json' },
    });
    const metadata = answer.status === 200 ? jsonBody(answer) : undefined;
    const issuer = textOf(metadata, 'issuer');
    if (metadata === undefined || issuer === undefined) continue;
    if (!(await speaksPkgauth(context, origin))) return undefined;
    if (issuer.replace(/\/$/, '') !== origin) throw mixUp(origin, issuer);
    return serviceOf(origin, metadata);
  }
  return undefined;
};
