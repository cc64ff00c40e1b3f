import type { Role } from './model.ts';

/** The kind of credential that a request carried; decides what its principal may do beyond its role. */
export type CredentialKind =
  | 'access-token'
  | 'api-key'
  | 'browser-session'
  | 'individual-token'
  | 'site-token';

/**
 * Who a request comes from, after its credential was checked. Carries everything that `decide` needs, so that a
 * decision never waits for the database.
 */
export type Principal =
  | { kind: 'anonymous' }
  | {
      kind: 'user';
      userId: string;
      credential: CredentialKind;
      /** Role by organization slug. */
      roles: Readonly<Record<string, Role>>;
      /** Set when the credential is bound to one organization (API key, individual token). */
      onlyOrganization: string | null;
      /** Id of the login session, API key or token behind the credential. */
      credentialId: string;
      /** The login was limited to reading packages: its scope has `channel:read` and not `channel:upload`. */
      readOnly?: true;
    }
  | {
      kind: 'service-account';
      serviceAccountId: string;
      organization: string;
      credential: CredentialKind;
      credentialId: string;
      /** Names of the views it may read; `'all'` = every view of its organization. */
      views: readonly string[] | 'all';
    }
  | {
      kind: 'accessor';
      accessorId: string;
      organization: string;
      views: readonly string[] | 'all';
      credentialId: string;
    }
  | { kind: 'site-token'; organization: string; credentialId: string };

export const anonymous: Principal = { kind: 'anonymous' };

/** The actor string of audit events. */
export function actorOf(principal: Principal): string {
  switch (principal.kind) {
    case 'anonymous':
      return 'anonymous';
    case 'user':
      return `user:${principal.userId}`;
    case 'service-account':
      return `service-account:${principal.serviceAccountId}`;
    case 'accessor':
      return `accessor:${principal.accessorId}`;
    case 'site-token':
      return `site-token:${principal.credentialId}`;
  }
}
