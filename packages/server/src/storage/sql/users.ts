import type { User } from '../../core/model.ts';
import type { UserStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { changeExisting, insertNew, notFound, preparedLookup } from './statements.ts';

const findById = preparedLookup<User>((db, id) => db.selectFrom('users').selectAll().where('id', '=', id));

export function userStorage(handle: Handle): UserStorage {
  return {
    insert: (user) =>
      insertNew(handle.write.insertInto('users').values(user), 'a user with that e-mail address'),
    get: (id) => findById(handle.read, id),
    findByEmail: (email) =>
      handle.read.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst(),
    list: () => handle.read.selectFrom('users').selectAll().orderBy('createdAt').orderBy('id').execute(),
    update: (id, change) => updateUser(handle, id, change),
    linkIdentity: (identity) =>
      insertNew(handle.write.insertInto('linkedIdentities').values(identity), 'a link of that identity'),
    findByIdentity: (provider, subject) =>
      handle.read
        .selectFrom('users')
        .innerJoin('linkedIdentities', 'linkedIdentities.userId', 'users.id')
        .selectAll('users')
        .where('linkedIdentities.provider', '=', provider)
        .where('linkedIdentities.subject', '=', subject)
        .executeTakeFirst(),
  };
}

async function updateUser(
  handle: Handle,
  id: string,
  change: Parameters<UserStorage['update']>[1],
): Promise<void> {
  if (Object.keys(change).length > 0) {
    return changeExisting(handle.write.updateTable('users').set(change).where('id', '=', id), 'user');
  }
  if ((await findById(handle.read, id)) === undefined) throw notFound('user');
}
