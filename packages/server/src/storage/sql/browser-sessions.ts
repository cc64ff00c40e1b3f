import type { BrowserSession } from '../../core/model.ts';
import type { BrowserSessionStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { changedRows, changeExisting, insertNew, preparedLookup } from './statements.ts';

const findBySecretHash = preparedLookup<BrowserSession>((db, hash) =>
  db.selectFrom('browserSessions').selectAll().where('secretHash', '=', hash),
);

export function browserSessionStorage(handle: Handle): BrowserSessionStorage {
  return {
    insert: (session) =>
      insertNew(handle.write.insertInto('browserSessions').values(session), 'that browser session'),
    findBySecretHash: (hash) => findBySecretHash(handle.read, hash),
    touch: (id, lastSeenAt) =>
      changeExisting(
        handle.write.updateTable('browserSessions').set({ lastSeenAt }).where('id', '=', id),
        'browser session',
      ),
    delete: async (id) => {
      await handle.write.deleteFrom('browserSessions').where('id', '=', id).execute();
    },
    deleteOfUser: (userId) =>
      handle.atomically((step) =>
        changedRows(step.write.deleteFrom('browserSessions').where('userId', '=', userId)),
      ),
    listOfUser: (userId) =>
      handle.read
        .selectFrom('browserSessions')
        .selectAll()
        .where('userId', '=', userId)
        .orderBy('createdAt')
        .orderBy('id')
        .execute(),
  };
}
