import { type AccessTokenAnswer, pyxEndpoints, refreshRequest, type TokenPair } from '@pkgauth/protocol/api';
import { Hono } from 'hono';
import { credentialError, ServiceError } from '../../core/errors.ts';
import type { Timers } from '../../core/ports/index.ts';
import type { IssuedTokens, Services } from '../../core/services.ts';
import { readAuthorization } from '../../core/tokens/authorization-header.ts';
import type { HttpEnv } from '../environment.ts';
import { parseFields, readFields } from './request-body.ts';

export type PyxSurfaceDeps = Pick<Services, 'pyxLogins' | 'refresh' | 'apiKeys' | 'sessions' | 'verifier'> & {
  timers: Timers;
};

/**
 * Milliseconds. uv overwrites its token file in place and reads it without a lock: of twenty that start together, those
 * that read while the first one writes find the file empty and fail. So long an answer waits for them to have read.
 */
const readingPause = 200;

const noStore = { 'Cache-Control': 'no-store' };

const pair = ({ accessToken, refreshToken }: IssuedTokens): TokenPair => ({
  access_token: accessToken,
  refresh_token: refreshToken,
});

/**
 * What uv 0.8.15 to 0.12.6 ask of a pyx service, besides the page at `/auth/cli/login/<uuid>`. The statuses are part of
 * the protocol: 404 = keep polling, 401 = log in again (and "gone" at logout), anything else ends uv.
 */
export function pyxSurface(deps: PyxSurfaceDeps): Hono<HttpEnv> {
  const { pyxLogins, refresh, apiKeys, timers } = deps;
  const app = new Hono<HttpEnv>();

  app.get(pyxEndpoints.status.path, async (c) => {
    const outcome = await pyxLogins.poll(c.req.param('id'), c.get('request'), c.req.raw.signal);
    if (outcome.kind === 'denied') throw new ServiceError('forbidden', 'The login was denied');
    if (outcome.kind === 'pending') throw new ServiceError('not-found', 'The login is not approved yet');
    return c.json(pair(outcome.tokens), 200, noStore);
  });

  app.post(pyxEndpoints.refresh.path, async (c) => {
    const { refresh_token: token } = parseFields(refreshRequest, await readFields(c));
    const request = c.get('request');
    const tokens = await refresh.exchange({ token, clientId: null, scope: undefined, request });
    if (request.userAgent.startsWith('uv/')) await timers.wait(readingPause, c.req.raw.signal);
    return c.json(pair(tokens), 200, noStore);
  });

  app.post(pyxEndpoints.accessToken.path, async (c) => {
    const { accessToken } = await apiKeys.exchange(c.req.header('Authorization'), c.get('request'));
    const answer: AccessTokenAnswer = { access_token: accessToken };
    return c.json(answer, 200, noStore);
  });

  app.get(pyxEndpoints.logout.path, async (c) => {
    await logOut(deps, c.req.header('Authorization'), c.get('request'));
    return c.json({}, 200, noStore);
  });
  return app;
}

/** uv sends the stored access token as it is, so it may have expired long ago. A key has no session to end. */
async function logOut(
  { sessions, verifier }: PyxSurfaceDeps,
  authorization: string | undefined,
  request: HttpEnv['Variables']['request'],
): Promise<void> {
  const presented = authorization === undefined ? undefined : readAuthorization(authorization);
  if (presented?.kind === 'access-token') {
    if (await sessions.revokeByAccessToken(presented.token, request)) return;
    throw credentialError('unknown', 'The access token was not issued by this service');
  }
  const verified = await verifier.verify(authorization);
  if (!verified.ok) throw credentialError(verified.problem, verified.message);
}
