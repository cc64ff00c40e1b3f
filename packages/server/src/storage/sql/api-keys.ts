import type { ApiKey } from '../../core/model.ts';
import type { ApiKeyStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { changedRows, insertNew, preparedLookup } from './statements.ts';

const findById = preparedLookup<ApiKey>((db, id) =>
  db.selectFrom('apiKeys').selectAll().where('id', '=', id),
);
const findBySecretHash = preparedLookup<ApiKey>((db, hash) =>
  db.selectFrom('apiKeys').selectAll().where('secretHash', '=', hash),
);

export function apiKeyStorage(handle: Handle): ApiKeyStorage {
  const inOrder = () => handle.read.selectFrom('apiKeys').selectAll().orderBy('createdAt').orderBy('id');
  return {
    insert: (key) => insertNew(handle.write.insertInto('apiKeys').values(key), 'that API key'),
    get: (id) => findById(handle.read, id),
    findBySecretHash: (hash) => findBySecretHash(handle.read, hash),
    listOfOwner: (ownerId) => inOrder().where('ownerId', '=', ownerId).execute(),
    listOfOrganization: (orgId) => inOrder().where('orgId', '=', orgId).execute(),
    revoke: async (id, at) => (await changedRows(ending(handle, at).where('id', '=', id))) === 1,
    revokeOfOwner: (ownerId, at, orgId) =>
      handle.atomically(async (step) => {
        const all = ending(step, at).where('ownerId', '=', ownerId);
        const ended = await (orgId === undefined ? all : all.where('orgId', '=', orgId))
          .returning('id')
          .execute();
        return ended.map((key) => key.id);
      }),
    touch: (uses) => handle.atomically((step) => touch(step, uses)),
  };
}

function ending(handle: Handle, revokedAt: number) {
  return handle.write.updateTable('apiKeys').set({ revokedAt }).where('revokedAt', 'is', null);
}

async function touch(step: Handle, uses: { id: string; lastUsedAt: number }[]): Promise<void> {
  // Always in the same order, so that two nodes that flush at once do not lock each other out.
  const inOrder = uses.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (const { id, lastUsedAt } of inOrder) {
    await step.write
      .updateTable('apiKeys')
      .set({ lastUsedAt })
      .where('id', '=', id)
      .where((row) => row.or([row('lastUsedAt', 'is', null), row('lastUsedAt', '<', lastUsedAt)]))
      .execute();
  }
}
