import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';

/** A secret of some kind as uv carries it; longer ones do not fit a header. */
const token = z.string().min(1).max(8192);

/** The pair that a login session consists of. */
export const tokenPair = z.object({ access_token: token, refresh_token: token });
export type TokenPair = z.infer<typeof tokenPair>;

export const refreshRequest = z.object({ refresh_token: token });
export type RefreshRequest = z.infer<typeof refreshRequest>;

export const accessTokenAnswer = z.object({ access_token: token });
export type AccessTokenAnswer = z.infer<typeof accessTokenAnswer>;

/** Identifier of a pending login; the client makes it. */
export const loginId = z.uuid();

/**
 * The doors that uv 0.8.15 … 0.12.6 uses (and our own client, where a host speaks no more than these). Bodies are JSON
 * whatever the Content-Type says: uv sends none.
 *
 * - `login`: the page that the person opens.
 * - `status`: polled; 404 while pending and when it has ended, 403 denied.
 * - `refresh`: no Authorization; both tokens are replaced; 401 when the session has ended.
 * - `accessToken`: `Authorization: Bearer <API key>`, no body, not even a length.
 * - `logout`: `Authorization: Bearer <access token>`, which may have expired; ends the session.
 */
export const pyxEndpoints = {
  login: { method: 'GET', path: '/auth/cli/login/:id', status: 200 },
  status: { method: 'GET', path: '/auth/cli/status/:id', status: 200, response: tokenPair },
  refresh: {
    method: 'POST',
    path: '/auth/cli/refresh',
    request: refreshRequest,
    status: 200,
    response: tokenPair,
  },
  accessToken: { method: 'POST', path: '/auth/cli/access-token', status: 200, response: accessTokenAnswer },
  logout: { method: 'GET', path: '/auth/cli/logout', status: 200 },
} as const satisfies Record<string, Endpoint>;
