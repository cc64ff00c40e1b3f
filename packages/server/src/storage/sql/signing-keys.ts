import type { SigningKeyStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { changeExisting, insertNew } from './statements.ts';

export function signingKeyStorage(handle: Handle): SigningKeyStorage {
  return {
    insert: (key) => insertNew(handle.write.insertInto('signingKeys').values(key), 'that signing key'),
    listPublished: (now) =>
      handle.read
        .selectFrom('signingKeys')
        .selectAll()
        .where((row) => row.or([row('retiredAt', 'is', null), row('retiredAt', '>', now)]))
        .orderBy('createdAt')
        .orderBy('kid')
        .execute(),
    retire: (kid, retiredAt) =>
      changeExisting(
        handle.write.updateTable('signingKeys').set({ retiredAt }).where('kid', '=', kid),
        'signing key',
      ),
  };
}
