import type { Context } from '../context.ts';
import { bearer, sendForJson, unexpected } from './exchange.ts';
import { asObject, objectsOf, textOf } from './json-members.ts';

/** `role` is empty for a service account. */
export type Membership = { readonly slug: string; readonly title: string; readonly role: string };

/** Who the bearer of a credential is to the service. */
export type Identity = {
  /** Absent for a service account. */
  readonly email: string | undefined;
  /** Of the person, or of the service account. */
  readonly name: string | undefined;
  readonly organizations: readonly Membership[];
  /** What kind of credential the service saw. */
  readonly credentialKind: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly credentialExpiresAt: number | undefined;
};

/** A time as our API writes it: RFC 3339, or seconds since the Unix epoch. */
export const timeOf = (value: unknown): number | undefined => {
  const milliseconds =
    typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(milliseconds) ? milliseconds : undefined;
};

/**
 * Asks `GET /api/v1/whoami` with an access token or API key. Throws `credential-refused` when the service does not take
 * it, which is how a login is verified before it is stored.
 */
export const fetchIdentity = async (
  context: Context,
  origin: string,
  token: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Identity> => {
  const url = `${origin}/api/v1/whoami`;
  const answer = await sendForJson(context, { method: 'GET', url, headers: bearer(token), ...options });
  const user = asObject(answer.user);
  const account = asObject(answer.service_account);
  const credential = asObject(answer.credential);
  if (user === undefined && account === undefined) throw unexpected(url, 'an answer without a user');
  return {
    email: textOf(user, 'email'),
    name: textOf(user ?? account, 'name'),
    organizations: objectsOf(answer, 'organizations').map((organization) => ({
      slug: textOf(organization, 'slug') ?? '',
      title: textOf(organization, 'title') ?? '',
      role: textOf(organization, 'role') ?? '',
    })),
    credentialKind: textOf(credential, 'kind'),
    credentialExpiresAt: timeOf(credential?.expires_at),
  };
};
