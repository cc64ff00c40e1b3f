/**
 * Writes to the storage at `process.argv[2]` without end, several writers at once, and prints one JSON line for
 * whatever was acknowledged; `kill.test.ts` kills it and looks for all of that.
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import type { LoginSession, RefreshToken } from '../core/model.ts';
import { openStorage, type Storage } from './index.ts';

export type Acknowledged =
  | { kind: 'session'; id: string; token: string }
  | { kind: 'rotation'; from: string; to: string }
  | { kind: 'revocation'; id: string }
  | { kind: 'file'; registryId: string; filename: string; sha256: string }
  | { kind: 'key'; id: string; secretHash: string }
  | { kind: 'reissue'; secretHash: string };

export const writers = 6;
/** What `prepare` makes; the writers add to it. */
export const orgId = 'org_1';
export const registryId = 'reg_1';
export const userOf = (writer: number) => `usr_${writer}`;

const at = Date.UTC(2026, 0, 1);
const random = () => randomBytes(16).toString('hex');

export async function prepare(storage: Storage): Promise<void> {
  await storage.organizations.insert({
    id: orgId,
    slug: 'acme',
    title: 'Acme',
    createdAt: at,
    suspendedAt: null,
  });
  const registry = { id: registryId, orgId, name: 'main', kind: 'pypi' as const, createdAt: at };
  await storage.registries.insert({ ...registry, upstreamUrl: null, sealedUpstreamCredential: null });
  for (let writer = 0; writer < writers; writer++) {
    const id = userOf(writer);
    await storage.users.insert({
      id,
      email: `${id}@example.com`,
      name: '',
      passwordHash: null,
      createdAt: at,
      disabledAt: null,
    });
  }
}

function acknowledge(what: Acknowledged): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}

async function write(storage: Storage, userId: string): Promise<never> {
  for (;;) {
    const session = await openSession(storage, userId);
    await uploadFile(storage);
    await createKey(storage, userId);
    const secretHash = random();
    const times = { createdAt: at, expiresAt: at + 1, revokedAt: null };
    await storage.organizationTokens.reissueIndividual({ id: random(), orgId, userId, secretHash, ...times });
    acknowledge({ kind: 'reissue', secretHash });
    if (Math.random() < 0.3) {
      await storage.loginSessions.revoke(session, at, 'logout');
      acknowledge({ kind: 'revocation', id: session });
    }
  }
}

async function openSession(storage: Storage, userId: string): Promise<string> {
  const session: LoginSession = {
    id: random(),
    userId,
    clientId: 'pkgauth',
    door: 'oauth',
    scope: '',
    label: '',
    ip: '',
    createdAt: at,
    lastUsedAt: at,
    idleExpiresAt: at + 1,
    expiresAt: at + 1,
    revokedAt: null,
    revokedReason: null,
  };
  let token = refreshToken(session.id, 1);
  await storage.loginSessions.open(session, token);
  acknowledge({ kind: 'session', id: session.id, token: token.hash });
  for (let generation = 2; generation < 6; generation++) {
    const successor = refreshToken(session.id, generation);
    const times = { lastUsedAt: at, idleExpiresAt: at };
    if ((await storage.loginSessions.rotate(token.hash, successor, 'sealed', times)) !== 'rotated') continue;
    acknowledge({ kind: 'rotation', from: token.hash, to: successor.hash });
    token = successor;
  }
  return session.id;
}

function refreshToken(sessionId: string, generation: number): RefreshToken {
  const unset = { usedAt: null, rotatedAt: null, successorHash: null, sealedSuccessor: null };
  return { hash: random(), sessionId, generation, createdAt: at, ...unset };
}

async function uploadFile(storage: Storage): Promise<void> {
  const [filename, sha256] = [random(), random()];
  await storage.hostedFiles.insert({
    registryId,
    filename,
    project: 'widget',
    version: '1',
    sha256,
    size: 1,
    requiresPython: null,
    metadataSha256: null,
    yanked: null,
    uploadedAt: at,
    uploadedBy: 'system',
  });
  acknowledge({ kind: 'file', registryId, filename, sha256 });
}

/** The key and its audit event in one transaction: after a kill there are both or neither. */
async function createKey(storage: Storage, ownerId: string): Promise<void> {
  const [id, secretHash] = [random(), random()];
  const times = { createdAt: at, expiresAt: at + 1, lastUsedAt: null, revokedAt: null };
  await storage.transaction(async (inner) => {
    await inner.apiKeys.insert({ id, ownerKind: 'user', ownerId, orgId, name: '', secretHash, ...times });
    const event = { at, actor: 'system', action: 'api-key.create', orgId, target: id };
    await inner.audit.append({ ...event, detail: {}, ip: null, requestId: null });
    await inner.revocations.bump();
  });
  acknowledge({ kind: 'key', id, secretHash });
}

if (import.meta.main) {
  const storage = await openStorage(process.argv[2] ?? '');
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(storage, userOf(writer))));
}
