import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpRequest, HttpResponse } from 'pkgauth';

type Answer = Partial<HttpResponse>;
type Door = (request: HttpRequest, form: URLSearchParams) => Answer;

export type ScriptedServiceOptions = {
  /** Members that replace those of the real metadata; `undefined` takes one away. */
  metadata?: Record<string, unknown>;
  /** What answers a door instead of the service, by path. */
  doors?: Record<string, Door>;
  /** Answers of the device grant before the tokens, in order. */
  devicePolls?: Answer[];
  /** Seconds that access tokens live. */
  expiresIn?: number;
};

/** An in-memory pkgauth service that answers as the test scripts it, right or wrong. */
export type ScriptedService = {
  readonly origin: string;
  /** For `fakeContext({ respond })`. */
  respond(request: HttpRequest): Answer;
  /** Every request that reached it. */
  readonly requests: HttpRequest[];
  /** What the service regards as valid. */
  readonly accessTokens: Set<string>;
  readonly refreshTokens: Set<string>;
  readonly apiKeys: Map<string, string>;
  readonly revoked: string[];
  /** What a browser does at the authorization endpoint when the person approves: the address that it is sent to. */
  approve(authorizationUrl: string, extra?: Record<string, string>): string;
  /** An access token, valid here. */
  issueAccessToken(): string;
};

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  reason: String(status),
  headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json', ...headers },
  body: JSON.stringify(body),
});

const refuse = (status: number, code: string, detail: string): Answer =>
  json(status, { type: `/errors/${code}`, title: code, status, detail, code, request_id: 'r1' });

const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const metadataOf = (origin: string, changes: Record<string, unknown>): unknown => ({
  issuer: origin,
  authorization_endpoint: `${origin}/oauth2/authorize`,
  token_endpoint: `${origin}/oauth2/token`,
  device_authorization_endpoint: `${origin}/oauth2/device/code`,
  revocation_endpoint: `${origin}/oauth2/revoke`,
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  ...changes,
});

const bearerOf = (request: HttpRequest): string =>
  (request.headers?.Authorization ?? request.headers?.authorization ?? '').replace(/^Bearer /, '');

type Code = { challenge: string; redirectUri: string };

/** Builds the service; it listens nowhere. See `listen` for a port. */
export const scriptedService = (origin: string, options: ScriptedServiceOptions = {}): ScriptedService => {
  const accessTokens = new Set<string>();
  const refreshTokens = new Set<string>();
  const apiKeys = new Map<string, string>();
  const codes = new Map<string, Code>();
  const revoked: string[] = [];
  const requests: HttpRequest[] = [];
  const polls = [...(options.devicePolls ?? [])];

  const issueAccessToken = (): string => {
    const exp = Math.floor(Date.now() / 1000) + (options.expiresIn ?? 3600);
    const claims = { iss: origin, sub: 'u1', exp, jti: randomBytes(8).toString('hex') };
    const token = `${segment({ alg: 'ES256', typ: 'at+jwt' })}.${segment(claims)}.${segment('signature')}`;
    accessTokens.add(token);
    return token;
  };
  const tokens = (): Answer => {
    const refreshToken = `refresh-${randomBytes(16).toString('hex')}`;
    refreshTokens.add(refreshToken);
    return json(200, {
      access_token: issueAccessToken(),
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: options.expiresIn ?? 3600,
      scope: 'openid',
    });
  };
  const redeem = (form: URLSearchParams): Answer => {
    const code = codes.get(form.get('code') ?? '');
    const digest = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    codes.delete(form.get('code') ?? '');
    if (code?.challenge !== digest || code.redirectUri !== form.get('redirect_uri')) {
      return json(400, { error: 'invalid_grant', error_description: 'the code is not good' });
    }
    return tokens();
  };
  const rotate = (form: URLSearchParams): Answer =>
    refreshTokens.delete(form.get('refresh_token') ?? '') ? tokens() : json(400, { error: 'invalid_grant' });
  const token: Door = (_request, form) => {
    if (form.get('grant_type') === 'authorization_code') return redeem(form);
    return form.get('grant_type') === 'refresh_token' ? rotate(form) : (polls.shift() ?? tokens());
  };
  const isKnown = (request: HttpRequest): boolean =>
    accessTokens.has(bearerOf(request)) || [...apiKeys.values()].includes(bearerOf(request));
  const guarded =
    (door: Door): Door =>
    (request, form) =>
      isKnown(request)
        ? door(request, form)
        : refuse(401, 'credential-unknown', 'This service did not issue the credential');
  const whoami = guarded(() =>
    json(200, {
      user: { id: 'u1', email: 'ada@example.com', name: 'Ada' },
      organizations: [{ slug: 'acme', title: 'Acme Inc.', role: 'owner' }],
      credential: { kind: 'session', expires_at: null },
    }),
  );
  const keys = guarded((request) => {
    if (request.method === 'GET') {
      const items = [...apiKeys.keys()].map((id) => ({
        id,
        name: 'ci',
        organization: 'acme',
        expires_at: '2027-01-01T00:00:00Z',
      }));
      return json(200, { api_keys: items });
    }
    const id = `k${apiKeys.size + 1}`;
    const key = `key-${randomBytes(16).toString('hex')}`;
    apiKeys.set(id, key);
    return json(201, { id, key, expires_at: '2027-01-01T00:00:00Z' });
  });
  const deleteKey = guarded((request) =>
    apiKeys.delete(request.url.replace(/^.*\//, ''))
      ? { status: 204 }
      : refuse(404, 'not-found', 'There is no such API key'),
  );
  const doors: Record<string, Door> = {
    '/.well-known/oauth-authorization-server': () => json(200, metadataOf(origin, options.metadata ?? {})),
    '/api/v1/whoami': whoami,
    '/api/v1/api-keys': keys,
    '/oauth2/token': token,
    '/oauth2/device/code': () =>
      json(200, {
        device_code: 'device-code',
        user_code: 'WDJB-MJHT',
        verification_uri: `${origin}/activate`,
        verification_uri_complete: `${origin}/activate?user_code=WDJB-MJHT`,
        expires_in: 900,
        interval: 5,
      }),
    '/oauth2/revoke': (_request, form) => {
      revoked.push(form.get('token') ?? '');
      return { status: 200 };
    },
    '/auth/cli/refresh': (request) => {
      const given = (JSON.parse(request.body ?? '{}') as { refresh_token?: string }).refresh_token ?? '';
      return refreshTokens.delete(given) ? tokens() : refuse(401, 'invalid-grant', 'This login has ended');
    },
    '/auth/cli/access-token': guarded(() => json(200, { access_token: issueAccessToken() })),
    ...options.doors,
  };
  return {
    origin,
    requests,
    accessTokens,
    refreshTokens,
    apiKeys,
    revoked,
    issueAccessToken,
    respond: (request) => {
      requests.push(request);
      const { pathname } = new URL(request.url);
      const door = doors[pathname] ?? (pathname.startsWith('/api/v1/api-keys/') ? deleteKey : undefined);
      return door?.(request, new URLSearchParams(request.body)) ?? refuse(404, 'not-found', 'Nothing here');
    },
    approve: (authorizationUrl, extra = {}) => {
      const asked = new URL(authorizationUrl).searchParams;
      const code = randomBytes(16).toString('hex');
      const redirectUri = asked.get('redirect_uri') ?? '';
      codes.set(code, { challenge: asked.get('code_challenge') ?? '', redirectUri });
      const answer = { code, state: asked.get('state') ?? '', iss: origin, ...extra };
      return `${redirectUri}?${new URLSearchParams(answer)}`;
    },
  };
};

/** The same on a loopback port, for a client in a process of its own. */
export const listeningService = async (
  options: ScriptedServiceOptions = {},
): Promise<ScriptedService & AsyncDisposable> => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const body = Buffer.concat(chunks).toString();
    const method = request.method as HttpRequest['method'];
    const {
      status,
      headers: answered,
      body: text,
    } = service.respond({ method, url: `${service.origin}${request.url}`, headers, body });
    response.writeHead(status ?? 200, answered);
    response.end(text);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const service = scriptedService(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
  return Object.assign(service, {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
};
