import { Secret, type SessionCredential } from '@pkgauth/protocol';
import type { Context, HttpRequest, HttpResponse } from './context.ts';
import { ClientError } from './errors.ts';
import { hostOf, jsonBody, refusal, unexpected } from './server-api/index.ts';
import type { CachedToken } from './stores/index.ts';
import { timesOfNewToken } from './token-times.ts';

/**
 * Milliseconds for each attempt and the pause after it. Together they stay below what others wait for our lock; the first is
 * long because a machine on which hundreds of processes start at once answers late.
 */
const attempts = [
  { timeout: 15_000, pause: 250 },
  { timeout: 8000, pause: 1000 },
] as const;
const lastTimeout = 4000;

const isWorthAnotherTry = ({ status }: HttpResponse): boolean => status === 429 || status >= 500;

/** Whether the connection failed or was cut: the server may or may not have done its part. */
const isLost = (error: unknown): boolean =>
  error instanceof ClientError && ['network', 'timeout', 'bad-response'].includes(error.code);

/**
 * Sends a request that may be repeated, up to three times. Repeating a refresh is safe: a server that has rotated the token
 * answers its holder with the same successor, which is also how a lost answer is recovered (LF21).
 */
const sendPatiently = async (context: Context, request: HttpRequest): Promise<HttpResponse> => {
  for (const { timeout, pause } of attempts) {
    try {
      const response = await context.http.send({ ...request, timeout });
      if (!isWorthAnotherTry(response)) return response;
    } catch (error) {
      if (!isLost(error)) throw error;
    }
    await context.sleep(pause);
  }
  return context.http.send({ ...request, timeout: lastTimeout });
};

const door = (service: string, name: string): string => new URL(`/auth/cli/${name}`, service).href;

const secretIn = (response: HttpResponse, url: string, name: string): Secret => {
  const value = jsonBody(response)?.[name];
  if (typeof value === 'string' && value !== '') return new Secret(value);
  throw unexpected(url, `no ${name.replace('_', ' ')}`);
};

const expiresIn = (response: HttpResponse): number | undefined => {
  const value = Number(jsonBody(response)?.expires_in ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value * 1000 : undefined;
};

/** `refused`: the server knows the token no longer (or never did); only a new login helps. */
export type RefreshOutcome =
  | { readonly kind: 'refreshed'; readonly session: SessionCredential }
  | { readonly kind: 'refused' };

/** RFC 6749 §5.2 says 400 `invalid_grant`; the pyx door says 401. */
const isRefused = (response: HttpResponse): boolean =>
  response.status === 401 || (response.status === 400 && jsonBody(response)?.error === 'invalid_grant');

/**
 * Exchanges a refresh token for its successor at the service's `/auth/cli/refresh`. Throws network codes and
 * `bad-response`; the caller keeps the old session then.
 */
export const refreshSession = async (
  context: Context,
  service: string,
  session: SessionCredential,
): Promise<RefreshOutcome> => {
  const url = door(service, 'refresh');
  const response = await sendPatiently(context, {
    method: 'POST',
    url,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token: session.refreshToken.reveal() }),
  });
  if (isRefused(response)) return { kind: 'refused' };
  if (response.status < 200 || response.status > 299) throw refusal(url, response);
  const accessToken = secretIn(response, url, 'access_token');
  const refreshToken = secretIn(response, url, 'refresh_token');
  const times = timesOfNewToken(accessToken.reveal(), context.now(), expiresIn(response));
  return { kind: 'refreshed', session: { kind: 'session', accessToken, refreshToken, ...times } };
};

/** Exchanges an API key for an access token at `/auth/cli/access-token`. Throws `credential-refused` on 401. */
export const exchangeApiKey = async (
  context: Context,
  service: string,
  key: Secret,
): Promise<CachedToken> => {
  const url = door(service, 'access-token');
  const response = await sendPatiently(context, {
    method: 'POST',
    url,
    headers: { accept: 'application/json', authorization: `Bearer ${key.reveal()}` },
  });
  if (response.status === 401) {
    throw new ClientError(
      'credential-refused',
      `${hostOf(url)} refuses the API key: it is wrong, expired or revoked`,
      {
        hint: `make another one, then: pkgauth login ${new URL(service).host} --token-stdin`,
      },
    );
  }
  if (response.status < 200 || response.status > 299) throw refusal(url, response);
  const token = secretIn(response, url, 'access_token');
  return { kind: 'bearer', token, ...timesOfNewToken(token.reveal(), context.now(), expiresIn(response)) };
};

/** Ends a session that nobody will be able to use: the one that a refresh brought after its login was removed (CS21). */
export const abandonSession = async (
  context: Context,
  service: string,
  session: SessionCredential,
): Promise<void> => {
  try {
    const authorization = `Bearer ${session.accessToken.reveal()}`;
    await context.http.send({
      method: 'GET',
      url: door(service, 'logout'),
      headers: { authorization },
      timeout: 3000,
    });
  } catch {
    // The logout that removed the login has told the server, or has told the user that it could not.
  }
};
