import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { OidcArtifact } from '../../core/model.ts';
import { type Clock, type Crypto, type Storage, StorageError } from '../../core/ports/index.ts';
import type { SessionService } from '../../core/sessions.ts';
import type { DevicePacing } from './device-pacing.ts';
import { sessionIdOfGrant } from './grant-session.ts';

/**
 * Where the protocol engine keeps its states: our table of artifacts, with three things that the engine leaves to its
 * adapter. Ids that are secrets are hashed. Consuming has a single winner. And what it would issue by itself (tokens,
 * its own browser session) is not kept at all, because `TokenService`, our login sessions and our pages stand in for it.
 */
export type ArtifactDeps = {
  storage: Storage;
  crypto: Crypto;
  clock: Clock;
  sessions: Pick<SessionService, 'end'>;
  pacing: DevicePacing;
};

/** How the states of a model are kept. Models without a row are kept under their plain id. */
const handling = {
  AuthorizationCode: 'hashed',
  DeviceCode: 'hashed',
  Interaction: 'hashed',
  Session: 'forgotten',
  AccessToken: 'forgotten',
  RefreshToken: 'forgotten',
  Client: 'forgotten',
} as const satisfies Record<string, 'hashed' | 'forgotten'>;

const handlingOf = (model: string): 'hashed' | 'forgotten' | 'plain' =>
  Object.hasOwn(handling, model) ? handling[model as keyof typeof handling] : 'plain';

export function createAdapterFactory(deps: ArtifactDeps): (model: string) => Adapter {
  return (model) => {
    const adapter = handlingOf(model) === 'forgotten' ? forgetting : keeping(deps, model);
    // The engine announces every use of a spent code or token to all models of the grant; one of them is enough.
    if (model === 'AccessToken')
      return reportingOutages({ ...adapter, revokeByGrantId: (id) => endGrant(deps, id) });
    if (model === 'DeviceCode')
      return reportingOutages({ ...adapter, find: (id) => findDeviceCode(deps, adapter, id) });
    return reportingOutages(adapter);
  };
}

const nothing = async (): Promise<undefined> => undefined;
const forgetting: Adapter = {
  upsert: nothing,
  find: nothing,
  findByUserCode: nothing,
  findByUid: nothing,
  consume: nothing,
  destroy: nothing,
  revokeByGrantId: nothing,
};

/** The key of a state in our table. */
const artifactId = (crypto: Crypto, model: string, id: string): string =>
  handlingOf(model) === 'hashed' ? crypto.sha256(`${model}:${id}`) : id;

function keeping({ storage, crypto, clock }: ArtifactDeps, model: string): Adapter {
  const artifacts = storage.oidcArtifacts;
  const keyOf = (id: string): string => artifactId(crypto, model, id);
  return {
    ...forgetting,
    async upsert(id, payload, expiresIn) {
      await artifacts.put(artifactOf(model, keyOf(id), payload, expiresAt(clock, expiresIn)));
    },
    async find(id) {
      const artifact = await artifacts.get(model, keyOf(id));
      return artifact && payloadOf(artifact, id);
    },
    async consume(id) {
      if (!(await artifacts.consume(model, keyOf(id), clock.now())))
        throw new errors.InvalidGrant('already used');
    },
    destroy: (id) => artifacts.delete(model, keyOf(id)),
    revokeByGrantId: (grantId) => artifacts.deleteOfGrant(model, grantId),
  };
}

const expiresAt = (clock: Clock, seconds: number | undefined): number | null =>
  seconds === undefined ? null : clock.now() + seconds * 1000;

function artifactOf(model: string, id: string, full: AdapterPayload, expires: number | null): OidcArtifact {
  const { jti: _, ...payload } = full;
  return {
    model,
    id,
    payload,
    grantId: full.grantId ?? null,
    userCode: full.userCode ?? null,
    uid: null,
    expiresAt: expires,
    consumedAt: null,
  };
}

function payloadOf({ payload, consumedAt }: OidcArtifact, id: string): AdapterPayload {
  const consumed = consumedAt === null ? {} : { consumed: Math.floor(consumedAt / 1000) };
  return { ...payload, jti: id, ...consumed };
}

/** Polling for a device's approval. The engine would answer a second redemption by ending the first one's session. */
async function findDeviceCode(
  { pacing }: ArtifactDeps,
  adapter: Adapter,
  id: string,
): Promise<AdapterPayload | undefined> {
  pacing.admit(id);
  const found = await adapter.find(id);
  if (found?.consumed !== undefined) throw new errors.InvalidGrant('device code was already used');
  return found ?? undefined;
}

/**
 * A code came back that was used before, and everything else about the request was right: what the first use opened
 * ends (RFC 9700 §2.1.1). While the first use is still being answered there is nothing to end yet, so that of requests
 * at the same time exactly one succeeds.
 */
async function endGrant({ sessions, crypto }: ArtifactDeps, grantId: string): Promise<void> {
  await sessions.end(sessionIdOfGrant(crypto, grantId), 'authorization-code-reuse', undefined);
}

/** An outage is 503 for clients, which then keep what they have; the engine would say 500. */
function reportingOutages(adapter: Adapter): Adapter {
  const report = (cause: unknown): never => {
    if (!(cause instanceof StorageError) || cause.code !== 'unavailable') throw cause;
    const outage = new errors.TemporarilyUnavailable('the service cannot reach its storage', { cause });
    throw Object.assign(outage, { status: 503, statusCode: 503 });
  };
  const wrap =
    <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      method(...args).catch(report);
  return {
    upsert: wrap(adapter.upsert),
    find: wrap(adapter.find),
    findByUserCode: wrap(adapter.findByUserCode),
    findByUid: wrap(adapter.findByUid),
    consume: wrap(adapter.consume),
    destroy: wrap(adapter.destroy),
    revokeByGrantId: wrap(adapter.revokeByGrantId),
  };
}
