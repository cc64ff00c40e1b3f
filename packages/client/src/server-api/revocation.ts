import type { SessionCredential } from '@pkgauth/protocol';
import type { Context } from '../context.ts';
import type { Service } from './discovery.ts';
import { postForm, refusal, send } from './exchange.ts';

/** A logout must not hang on a service that is gone. */
const timeout = 10_000;

/**
 * Ends a login session at the service: RFC 7009 with the refresh token, which ends its access tokens too; where the
 * service names no such door, the one that pyx clients use. Throws `ClientError`; 200 for a token that is unknown or
 * already ended is success (RFC 7009 §2.2).
 */
export const revokeSession = async (
  context: Context,
  service: Service,
  session: SessionCredential,
  clientId: string,
): Promise<void> => {
  const { revocationEndpoint } = service;
  if (revocationEndpoint === undefined) return revokeByAccessToken(context, service.origin, session);
  const fields = {
    token: session.refreshToken.reveal(),
    token_type_hint: 'refresh_token',
    client_id: clientId,
  };
  const response = await postForm(context, revocationEndpoint, fields, { timeout });
  if (response.status < 200 || response.status > 299) throw refusal(revocationEndpoint, response);
};

const revokeByAccessToken = async (
  context: Context,
  origin: string,
  session: SessionCredential,
): Promise<void> => {
  const url = `${origin}/auth/cli/logout`;
  const headers = { Authorization: `Bearer ${session.accessToken.reveal()}` };
  const response = await send(context, { method: 'GET', url, headers, timeout });
  // As pyx clients do: a session that the service no longer knows has ended.
  if ((response.status < 200 || response.status > 299) && response.status !== 401)
    throw refusal(url, response);
};
