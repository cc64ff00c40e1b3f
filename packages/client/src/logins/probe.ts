import { authorizationOf, type Credential } from '@pkgauth/protocol';
import type { Context } from '../context.ts';
import { ClientError } from '../errors.ts';
import { hostOf } from '../server-api/index.ts';

/** What an index that is no pkgauth service let us find out about a credential. */
export type Verdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly status: number }
  /** It answers without a credential, or the same with one: it cannot be asked. */
  | { readonly kind: 'unknown'; readonly reason: string };

const head = async (context: Context, url: string, authorization?: string): Promise<number> => {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  const { status } = await context.http.send({ method: 'HEAD', url, headers });
  if (status >= 500)
    throw new ClientError('network', `${hostOf(url)} answers ${status}`, {
      hint: 'try again, or use --no-verify',
    });
  return status;
};

// Indexes list their projects below a slash; without it many only redirect.
const probeUrl = (service: string): string => (service.endsWith('/') ? service : `${service}/`);

/**
 * Asks an index twice, without the credential and with it, and judges by the difference. `HEAD`, because the page behind
 * the URL may list a million projects. Redirects are not followed. Throws network errors.
 */
export const probeIndex = async (
  context: Context,
  service: string,
  credential: Credential,
): Promise<Verdict> => {
  const url = probeUrl(service);
  const anonymous = await head(context, url);
  if (anonymous < 400) return { kind: 'unknown', reason: 'it answers without a login, too' };
  const status = await head(context, url, authorizationOf(credential).reveal());
  if (status < 400) return { kind: 'accepted' };
  if (status === 401) return { kind: 'refused', status };
  // It said "who are you?" before and does not now: the credential got through.
  if (anonymous === 401) return status === 403 ? { kind: 'refused', status } : { kind: 'accepted' };
  return { kind: 'unknown', reason: `it answers ${status} with and without the login` };
};
