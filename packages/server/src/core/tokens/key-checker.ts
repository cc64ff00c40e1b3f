import {
  ownerStanding,
  rolesOf,
  type ServiceAccountStanding,
  type UserStanding,
} from '../identity/standing.ts';
import type { ApiKey } from '../model.ts';
import type { Clock, Crypto, Storage, Verified } from '../ports/index.ts';
import type { Principal } from '../principal.ts';

/** An API key that may be used now, and whose it is. */
export type CheckedKey = { key: ApiKey; standing: UserStanding | ServiceAccountStanding };
export type KeyRefusal = Extract<Verified, { ok: false }>;

const refusals = {
  unknown: { ok: false, problem: 'unknown', message: 'The API key is not known here' },
  expired: { ok: false, problem: 'expired', message: 'The API key has expired' },
  revoked: { ok: false, problem: 'revoked', message: 'The API key was revoked' },
  disabled: {
    ok: false,
    problem: 'disabled',
    message: 'The owner of the API key is disabled or left the organization',
  },
} as const satisfies Record<string, KeyRefusal>;

export const expiredKey: KeyRefusal = refusals.expired;

type Deps = { storage: Storage; crypto: Crypto; clock: Clock };

export async function checkKey(
  { storage, crypto, clock }: Deps,
  secret: string,
): Promise<CheckedKey | KeyRefusal> {
  const key = await storage.apiKeys.findBySecretHash(crypto.sha256(secret));
  return judge(storage, key, clock.now());
}

/** For tokens that were minted from a key. */
export async function checkKeyById({ storage, clock }: Deps, id: string): Promise<CheckedKey | KeyRefusal> {
  return judge(storage, await storage.apiKeys.get(id), clock.now());
}

async function judge(
  storage: Storage,
  key: ApiKey | undefined,
  now: number,
): Promise<CheckedKey | KeyRefusal> {
  if (key === undefined) return refusals.unknown;
  if (key.revokedAt !== null) return refusals.revoked;
  if (now >= key.expiresAt) return refusals.expired;
  const standing = await ownerStanding(storage, key);
  return standing === undefined ? refusals.disabled : { key, standing };
}

/** The principal that a key, or a token minted from it, stands for. */
export function principalOfKey({ key, standing }: CheckedKey): Principal {
  if (standing.kind === 'service-account') {
    return {
      kind: 'service-account',
      serviceAccountId: standing.account.id,
      organization: standing.organization.slug,
      credential: 'api-key',
      credentialId: key.id,
      views: standing.views,
    };
  }
  const roles = rolesOf(standing);
  return {
    kind: 'user',
    userId: standing.user.id,
    credential: 'api-key',
    roles,
    onlyOrganization: Object.keys(roles)[0] ?? '',
    credentialId: key.id,
  };
}
