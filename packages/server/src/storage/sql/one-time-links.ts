import type { OneTimeLinkStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { insertNew } from './statements.ts';

export function oneTimeLinkStorage(handle: Handle): OneTimeLinkStorage {
  return {
    insert: (link) => insertNew(handle.write.insertInto('oneTimeLinks').values(link), 'that link'),
    find: (secretHash) =>
      handle.read
        .selectFrom('oneTimeLinks')
        .selectAll()
        .where('secretHash', '=', secretHash)
        .executeTakeFirst(),
    use: (secretHash, now) =>
      handle.write
        .updateTable('oneTimeLinks')
        .set({ usedAt: now })
        .where('secretHash', '=', secretHash)
        .where('usedAt', 'is', null)
        .where('expiresAt', '>', now)
        .returningAll()
        .executeTakeFirst(),
  };
}
