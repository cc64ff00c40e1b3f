import { type Credential, jwtExpiresAt, parseTokenResponse, type TokenResponse } from '@pkgauth/protocol';
import type { Context, HttpResponse } from '../context.ts';
import { readAnswer, refusal, type Service } from '../server-api/index.ts';

const endOf = (context: Context, { accessToken, expiresIn }: TokenResponse): number | undefined =>
  expiresIn === undefined ? jwtExpiresAt(accessToken.reveal()) : context.now() + expiresIn * 1000;

/**
 * The credential in a token endpoint's answer (RFC 6749 §5.1). The end of the access token counts from its receipt,
 * because the service's clock may differ from ours (LF18). Without a refresh token it is a bearer token that ends. Throws
 * `ClientError` for a refusal, `bad-response` for what is no token answer.
 */
export const tokenCredential = (context: Context, service: Service, response: HttpResponse): Credential => {
  if (response.status < 200 || response.status > 299) throw refusal(service.tokenEndpoint, response);
  const answer = readAnswer(service.tokenEndpoint, response, parseTokenResponse);
  const { accessToken, refreshToken } = answer;
  if (refreshToken === undefined) return { kind: 'bearer', token: accessToken };
  const expiresAt = endOf(context, answer);
  return { kind: 'session', accessToken, refreshToken, ...(expiresAt === undefined ? {} : { expiresAt }) };
};
