import type { LoginSession, RefreshToken } from '../../core/model.ts';
import type { LoginSessionStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { changedRows, insertNew, notFound, preparedLookup } from './statements.ts';

const findSession = preparedLookup<LoginSession>((db, id) =>
  db.selectFrom('loginSessions').selectAll().where('id', '=', id),
);
const findToken = preparedLookup<RefreshToken>((db, hash) =>
  db.selectFrom('refreshTokens').selectAll().where('hash', '=', hash),
);

export function loginSessionStorage(handle: Handle): LoginSessionStorage {
  return {
    open: (session, first) =>
      handle.atomically(async (step) => {
        await insertNew(step.write.insertInto('loginSessions').values(session), 'that login session');
        await insertNew(step.write.insertInto('refreshTokens').values(first), 'that refresh token');
      }),
    get: (id) => findSession(handle.read, id),
    listOfUser: (userId) =>
      handle.read
        .selectFrom('loginSessions')
        .selectAll()
        .where('userId', '=', userId)
        .orderBy('createdAt')
        .orderBy('id')
        .execute(),
    revoke: async (id, at, reason) =>
      (await changedRows(ending(handle, at, reason).where('id', '=', id))) === 1,
    revokeOfUser: (userId, at, reason) =>
      handle.atomically(async (step) => {
        const ended = await ending(step, at, reason).where('userId', '=', userId).returning('id').execute();
        return ended.map((session) => session.id);
      }),
    findToken: (hash) => findToken(handle.read, hash),
    rotate: (hash, successor, sealedSuccessor, session) =>
      handle.atomically((step) => rotate(step, hash, successor, sealedSuccessor, session)),
    markUsed: (hash, at) => markUsed(handle, hash, at),
  };
}

function ending(handle: Handle, revokedAt: number, revokedReason: string) {
  return handle.write
    .updateTable('loginSessions')
    .set({ revokedAt, revokedReason })
    .where('revokedAt', 'is', null);
}

/**
 * The token's row picks the one winner; the session's row, changed in the same step, makes a revocation and a rotation
 * wait for each other, so that none of them acts on what the other one is about to change.
 */
async function rotate(
  step: Handle,
  hash: string,
  successor: RefreshToken,
  sealedSuccessor: string,
  times: { lastUsedAt: number; idleExpiresAt: number },
): Promise<'rotated' | 'lost' | 'revoked'> {
  const { sessionId } = successor;
  const token = step.write
    .updateTable('refreshTokens')
    .where('hash', '=', hash)
    .where('sessionId', '=', sessionId);
  const won = await changedRows(
    token
      .set({ rotatedAt: successor.createdAt, successorHash: successor.hash, sealedSuccessor })
      .where('rotatedAt', 'is', null),
  );
  if (won === 0) {
    const session = await findSession(step.read, sessionId);
    return session !== undefined && session.revokedAt !== null ? 'revoked' : 'lost';
  }
  const alive = await changedRows(
    step.write
      .updateTable('loginSessions')
      .set(times)
      .where('id', '=', sessionId)
      .where('revokedAt', 'is', null),
  );
  if (alive === 0) {
    await token.set({ rotatedAt: null, successorHash: null, sealedSuccessor: null }).execute();
    return 'revoked';
  }
  await insertNew(step.write.insertInto('refreshTokens').values(successor), 'that refresh token');
  return 'rotated';
}

async function markUsed(handle: Handle, hash: string, usedAt: number): Promise<void> {
  const first = handle.write
    .updateTable('refreshTokens')
    .set({ usedAt })
    .where('hash', '=', hash)
    .where('usedAt', 'is', null);
  if ((await changedRows(first)) === 1) return;
  if ((await findToken(handle.read, hash)) === undefined) throw notFound('refresh token');
}
