import {
  type AccessTokenClaims,
  apiKeyClaim,
  isAccessTokenClaims,
  organizationsClaim,
} from '@pkgauth/protocol';
import { type BoundedMap, createBoundedMap } from '../bounded-map.ts';
import type { Revocations } from '../epoch.ts';
import { rolesOf, userStanding } from '../identity/standing.ts';
import type { Clock, CredentialVerifier, Crypto, Epoch, Storage, Verified } from '../ports/index.ts';
import type { Principal } from '../principal.ts';
import { leeway, subjectOf } from '../revocations.ts';
import type { Keyring } from '../signing-keys.ts';
import { readAuthorization } from './authorization-header.ts';
import {
  type CheckedKey,
  checkKey,
  checkKeyById,
  expiredKey,
  type KeyRefusal,
  principalOfKey,
} from './key-checker.ts';

/** Headers that are remembered; an entry takes about one kilobyte. */
const mostRemembered = 20_000;
/** How long (ms) a refused key is not looked up again. A revocation or a change of roles ends that at once. */
const refusalLife = 60_000;

export type VerifierDeps = {
  storage: Storage;
  crypto: Crypto;
  clock: Clock;
  epoch: Epoch & Revocations;
  keyring: Pick<Keyring, 'verify' | 'generation'>;
  issuer: string;
  /** Told of every use of an API key. */
  keyUsed(keyId: string, at: number): void;
};

/** What is remembered about a header; `epoch` is the one that it was last checked in. */
type Remembered =
  | {
      kind: 'token';
      claims: AccessTokenClaims;
      verified: Extract<Verified, { ok: true }>;
      epoch: number;
      fromStorage: boolean;
    }
  | { kind: 'key'; keyId: string; verified: Extract<Verified, { ok: true }>; epoch: number }
  | { kind: 'refusal'; verified: KeyRefusal; epoch: number; until: number };

const refuse = (problem: KeyRefusal['problem'], message: string): KeyRefusal => ({
  ok: false,
  problem,
  message,
});
const missing = refuse('missing', 'A credential is needed here');
const badToken = refuse('unknown', 'The access token was not issued by this service');
const expiredToken = refuse('expired', 'The access token has expired');
const revokedToken = refuse('revoked', 'The access token was revoked');
const disabledUser = refuse('disabled', 'The account is disabled');

/**
 * Checks credentials, from memory where it can: a header that was checked before costs a SHA-256, a look-up, and a
 * comparison of times and epochs. Only tokens whose holder's roles have changed since, API keys, and headers that were
 * never seen need the storage.
 */
export function createVerifier(deps: VerifierDeps): CredentialVerifier {
  const memory: Memory = createBoundedMap(mostRemembered);
  const lookUp = createLookUps(deps, memory);
  let generation = deps.keyring.generation;

  /** A signature that was good is good for as long as its key is published. */
  function forgetOtherKeys(): void {
    if (generation === deps.keyring.generation) return;
    generation = deps.keyring.generation;
    memory.clear();
  }

  function firstSight(slot: string, header: string): Verified | Promise<Verified> {
    const presented = readAuthorization(header);
    switch (presented.kind) {
      case 'malformed':
        return refuse('malformed', presented.message);
      case 'api-key':
        return lookUp.key(slot, presented.key);
      case 'access-token': {
        const claims = readClaims(deps, presented.token);
        if (claims === undefined) return badToken;
        const refusal = judgeToken(deps, claims);
        if (refusal !== undefined) return refusal;
        const principal = rolesAreStale(deps, claims) ? undefined : principalOfClaims(claims);
        if (principal === undefined) return lookUp.token(slot, claims);
        const verified = { ok: true, principal, expiresAt: deadline(claims) } as const;
        memory.set(slot, { kind: 'token', claims, verified, epoch: deps.epoch.current, fromStorage: false });
        return verified;
      }
    }
  }

  return {
    verify(header) {
      if (header === undefined) return missing;
      forgetOtherKeys();
      const slot = deps.crypto.sha256(header);
      const known = memory.get(slot);
      if (known === undefined) return firstSight(slot, header);
      const again = recheck(deps, known);
      if (again !== known.verified) memory.delete(slot);
      return again === 'look-up' ? firstSight(slot, header) : again;
    },
  };
}

type Memory = BoundedMap<string, Remembered>;

/** What the storage says, remembered. Callers that ask the same at the same time wait for one look-up. */
function createLookUps(deps: VerifierDeps, memory: Memory) {
  const running = new Map<string, { epoch: number; outcome: Promise<Verified> }>();

  function once(slot: string, look: (epoch: number) => Promise<Verified>): Promise<Verified> {
    const epoch = deps.epoch.current;
    const known = running.get(slot);
    // One that began in a former epoch may not know what has changed since.
    if (known?.epoch === epoch) return known.outcome;
    const entry = { epoch, outcome: look(epoch) };
    running.set(slot, entry);
    const forget = (): void => {
      if (running.get(slot) === entry) running.delete(slot);
    };
    entry.outcome.then(forget, forget);
    return entry.outcome;
  }

  return {
    token: (slot: string, claims: AccessTokenClaims): Promise<Verified> =>
      once(slot, async (epoch) => {
        const { generation } = deps.keyring;
        const verified = await resolveToken(deps, claims);
        if (verified.ok && generation === deps.keyring.generation)
          memory.set(slot, { kind: 'token', claims, verified, epoch, fromStorage: true });
        return verified;
      }),
    key: (slot: string, key: string): Promise<Verified> =>
      once(slot, async (epoch) => {
        const checked = await checkKey(deps, key);
        const now = deps.clock.now();
        if (!('key' in checked)) {
          memory.set(slot, { kind: 'refusal', verified: checked, epoch, until: now + refusalLife });
          return checked;
        }
        const verified = {
          ok: true,
          principal: principalOfKey(checked),
          expiresAt: checked.key.expiresAt,
        } as const;
        memory.set(slot, { kind: 'key', keyId: checked.key.id, verified, epoch });
        deps.keyUsed(checked.key.id, now);
        return verified;
      }),
  };
}

/** What memory still says about a header; `look-up` when memory cannot say any more. */
function recheck(deps: VerifierDeps, known: Remembered): Verified | 'look-up' {
  const now = deps.clock.now();
  const sameEpoch = known.epoch === deps.epoch.current;
  switch (known.kind) {
    case 'refusal':
      return sameEpoch && now < known.until ? known.verified : 'look-up';
    case 'key':
      if (now >= known.verified.expiresAt) return expiredKey;
      if (!sameEpoch) return 'look-up';
      deps.keyUsed(known.keyId, now);
      return known.verified;
    case 'token': {
      if (now >= known.verified.expiresAt) return expiredToken;
      if (sameEpoch) return known.verified;
      const refusal = judgeToken(deps, known.claims);
      if (refusal !== undefined) return refusal;
      if (known.fromStorage || rolesAreStale(deps, known.claims)) return 'look-up';
      known.epoch = deps.epoch.current;
      return known.verified;
    }
  }
}

/** The claims of a token that we signed, for us; times and revocations are judged elsewhere. */
function readClaims({ keyring, issuer }: VerifierDeps, token: string): AccessTokenClaims | undefined {
  const payload = keyring.verify(token);
  if (payload === undefined || !isAccessTokenClaims(payload)) return undefined;
  // A list of audiences would also be somebody else's token (OA26).
  return payload.iss === issuer && payload.aud === issuer ? payload : undefined;
}

/** Milliseconds. A token from a key gets no leeway, so that it cannot outlive the key. */
const deadline = (claims: AccessTokenClaims): number =>
  claims.exp * 1000 + (claims[apiKeyClaim] === undefined ? leeway : 0);

function judgeToken({ clock, epoch }: VerifierDeps, claims: AccessTokenClaims): KeyRefusal | undefined {
  const now = clock.now();
  const issuedAt = claims.iat * 1000;
  if (now >= deadline(claims)) return expiredToken;
  if (issuedAt > now + leeway) return badToken;
  const key = claims[apiKeyClaim];
  const subjects = [
    subjectOf.user(claims.sub),
    subjectOf.token(claims.jti),
    ...(claims.sid === undefined ? [] : [subjectOf.session(claims.sid)]),
    ...(key === undefined ? [] : [subjectOf.apiKey(key)]),
  ];
  return subjects.some((subject) => epoch.covers(subject, issuedAt)) ? revokedToken : undefined;
}

const rolesAreStale = ({ epoch }: VerifierDeps, claims: AccessTokenClaims): boolean =>
  epoch.covers(subjectOf.roles(claims.sub), claims.iat * 1000);

/** Undefined when the token does not say enough: a service account, or a member of very many organizations. */
function principalOfClaims(claims: AccessTokenClaims): Principal | undefined {
  const roles = claims[organizationsClaim];
  if (roles === undefined) return undefined;
  const keyId = claims[apiKeyClaim];
  if (keyId === undefined && claims.sid === undefined) return undefined;
  return {
    kind: 'user',
    userId: claims.sub,
    credential: keyId === undefined ? 'access-token' : 'api-key',
    roles,
    onlyOrganization: keyId === undefined ? null : (Object.keys(roles)[0] ?? ''),
    credentialId: keyId ?? claims.sid ?? '',
    ...limitsOf(claims.scope),
  };
}

/** A login that asks for channel scopes gets those and no more; one that asks for none is the person's own. */
function limitsOf(scope: string): { readOnly?: true } {
  const words = scope.split(' ');
  return words.includes('channel:read') && !words.includes('channel:upload') ? { readOnly: true } : {};
}

async function resolveToken(deps: VerifierDeps, claims: AccessTokenClaims): Promise<Verified> {
  const expiresAt = deadline(claims);
  const keyId = claims[apiKeyClaim];
  if (keyId !== undefined) {
    const checked: CheckedKey | KeyRefusal = await checkKeyById(deps, keyId);
    return 'key' in checked ? { ok: true, principal: principalOfKey(checked), expiresAt } : checked;
  }
  const standing = claims.sid === undefined ? undefined : await userStanding(deps.storage, claims.sub);
  if (standing === undefined || claims.sid === undefined) return disabledUser;
  const principal: Principal = {
    kind: 'user',
    userId: claims.sub,
    credential: 'access-token',
    roles: rolesOf(standing),
    onlyOrganization: null,
    credentialId: claims.sid,
    ...limitsOf(claims.scope),
  };
  return { ok: true, principal, expiresAt };
}
