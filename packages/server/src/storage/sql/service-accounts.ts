import type { ServiceAccountStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { changedRows, insertNew } from './statements.ts';

export function serviceAccountStorage(handle: Handle): ServiceAccountStorage {
  return {
    insert: (account) =>
      insertNew(handle.write.insertInto('serviceAccounts').values(account), 'a service account of that name'),
    get: (id) =>
      handle.read.selectFrom('serviceAccounts').selectAll().where('id', '=', id).executeTakeFirst(),
    list: (orgId) =>
      handle.read
        .selectFrom('serviceAccounts')
        .selectAll()
        .where('orgId', '=', orgId)
        .orderBy('createdAt')
        .orderBy('id')
        .execute(),
    disable: async (id, disabledAt) => {
      const ending = handle.write
        .updateTable('serviceAccounts')
        .set({ disabledAt })
        .where('id', '=', id)
        .where('disabledAt', 'is', null);
      return (await changedRows(ending)) === 1;
    },
  };
}
