import { formatToken } from '@pkgauth/protocol';
import { recordAudit } from '../audit.ts';
import { credentialError, ServiceError } from '../errors.ts';
import { ownerStanding } from '../identity/standing.ts';
import { type ApiKey, validityDays } from '../model.ts';
import type { Clock, Crypto, Epoch, Random, Storage, Timers } from '../ports/index.ts';
import { newId } from '../random-text.ts';
import { revokedForGood, subjectOf } from '../revocations.ts';
import type { ApiKeys, By, NewApiKey } from '../services.ts';
import { readAuthorization } from './authorization-header.ts';
import { checkKey } from './key-checker.ts';
import { secondsUntil, type TokenService } from './token-service.ts';

const day = 24 * 60 * 60 * 1000;
/** Milliseconds between two writes of "last used". */
const touchInterval = 60_000;
const longestName = 100;

export type ApiKeyDeps = {
  storage: Storage;
  crypto: Crypto;
  clock: Clock;
  random: Random;
  epoch: Epoch;
  timers: Timers;
  tokens: TokenService;
};

export type ApiKeyService = ApiKeys & {
  /** Remembers a use; written in batches, and lost with the process. */
  used(keyId: string, at: number): void;
};

export function createApiKeys(deps: ApiKeyDeps): ApiKeyService {
  const { storage, clock, tokens, epoch, timers } = deps;
  const uses = new Map<string, number>();
  let stop: (() => void) | undefined;

  async function flush(): Promise<void> {
    const batch = Array.from(uses, ([id, lastUsedAt]) => ({ id, lastUsedAt }));
    uses.clear();
    if (batch.length > 0) await storage.apiKeys.touch(batch);
  }

  return {
    create: (input, by) => createKey(deps, input, by),
    async exchange(authorization) {
      const at = clock.now();
      if (authorization === undefined) throw credentialError('missing', 'An API key is needed here');
      const presented = readAuthorization(authorization);
      if (presented.kind !== 'api-key')
        throw credentialError('malformed', 'The credential is not an API key');
      const checked = await checkKey(deps, presented.key);
      if (!('key' in checked)) throw credentialError(checked.problem, checked.message);
      uses.set(checked.key.id, at);
      const { token, expiresAt } = tokens.forKey(checked.key, checked.standing, at);
      return { accessToken: token, expiresIn: secondsUntil(expiresAt, at) };
    },
    listOfOwner: (ownerId) => storage.apiKeys.listOfOwner(ownerId),
    async revoke(keyId, ownerId, by) {
      const known = await storage.transaction((step) => revokeWithin(deps, step, keyId, ownerId, by));
      await epoch.refresh();
      return known;
    },
    used: (keyId, at) => {
      uses.set(keyId, at);
    },
    start() {
      stop ??= timers.every(touchInterval, flush);
    },
    stop() {
      stop?.();
      stop = undefined;
    },
  };
}

async function createKey(
  { storage, crypto, clock, random }: ApiKeyDeps,
  input: NewApiKey,
  by: By,
): Promise<{ apiKey: ApiKey; key: string }> {
  if (!validityDays.includes(input.validityDays)) {
    throw new ServiceError('invalid-request', `The validity must be one of ${validityDays.join(', ')} days`);
  }
  const name = nameOf(input.name);
  const key = formatToken('api-key', random.bytes(32));
  const createdAt = clock.now();
  const apiKey: ApiKey = {
    id: newId(random, 'key'),
    ownerKind: input.owner.kind,
    ownerId: input.owner.id,
    orgId: input.orgId,
    name,
    secretHash: crypto.sha256(key),
    createdAt,
    expiresAt: createdAt + input.validityDays * day,
    lastUsedAt: null,
    revokedAt: null,
  };
  await storage.transaction(async (step) => {
    if ((await ownerStanding(step, apiKey)) === undefined) {
      throw new ServiceError('forbidden', 'The owner of the key is disabled or not part of the organization');
    }
    await step.apiKeys.insert(apiKey);
    const detail = { name, owner: apiKey.ownerId, days: input.validityDays };
    await recordAudit(step, clock, by, {
      action: 'api-key.create',
      orgId: apiKey.orgId,
      target: apiKey.id,
      detail,
    });
  });
  return { apiKey, key };
}

function nameOf(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > longestName || /\p{Cc}/u.test(name)) {
    throw new ServiceError(
      'invalid-request',
      `The name of a key has 1 to ${longestName} printable characters`,
    );
  }
  return name;
}

async function revokeWithin(
  { clock }: ApiKeyDeps,
  step: Storage,
  keyId: string,
  ownerId: string,
  by: By,
): Promise<boolean> {
  const key = await step.apiKeys.get(keyId);
  if (key === undefined) return false;
  if (key.ownerId !== ownerId) {
    await recordAudit(step, clock, by, { action: 'api-key.revoke-refused', orgId: key.orgId, target: keyId });
    return false;
  }
  const at = clock.now();
  if (!(await step.apiKeys.revoke(keyId, at))) return true;
  await step.revocations.add([revokedForGood(subjectOf.apiKey(keyId), at)]);
  await recordAudit(step, clock, by, { action: 'api-key.revoke', orgId: key.orgId, target: keyId });
  return true;
}
