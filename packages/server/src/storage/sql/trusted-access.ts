import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Accessor } from '../../core/model.ts';
import type { TrustedAccessStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { changedRows, insertNew, insertUnlessPresent, preparedLookup } from './statements.ts';
import type { Tables } from './tables.ts';

type AccessorRow = Selectable<Tables['accessors']>;

const findAccessor = preparedLookup<AccessorRow>((db, id) =>
  db.selectFrom('accessors').selectAll().where('id', '=', id),
);

export function trustedAccessStorage(handle: Handle): TrustedAccessStorage {
  return {
    insertIssuer: (issuer) =>
      insertNew(handle.write.insertInto('trustedIssuers').values(issuer), 'that trusted issuer'),
    listIssuers: (orgId) =>
      handle.read
        .selectFrom('trustedIssuers')
        .selectAll()
        .where((row) => row.or([row('orgId', 'is', null), row('orgId', '=', orgId)]))
        .orderBy('createdAt')
        .orderBy('id')
        .execute(),
    insertAccessor: (accessor) => {
      const row = { ...accessor, constraints: JSON.stringify(accessor.constraints) };
      return insertNew(handle.write.insertInto('accessors').values(row), 'that accessor');
    },
    getAccessor: async (id) => {
      const row = await findAccessor(handle.read, id);
      return row && accessorOf(row);
    },
    listAccessors: (orgId) => listAccessors(handle, orgId),
    disableAccessor: async (id, disabledAt) => {
      const ending = handle.write
        .updateTable('accessors')
        .set({ disabledAt })
        .where('id', '=', id)
        .where('disabledAt', 'is', null);
      return (await changedRows(ending)) === 1;
    },
    claimReplayKey: (issuerId, key, expiresAt) => {
      // Hashed for its length: an issuer's jti has no upper bound, an index entry has.
      const keyHash = createHash('sha256').update(key).digest('hex');
      return insertUnlessPresent(
        handle.write.insertInto('replayKeys').values({ issuerId, keyHash, expiresAt }),
      );
    },
  };
}

async function listAccessors(handle: Handle, orgId: string): Promise<Accessor[]> {
  const rows = await handle.read
    .selectFrom('accessors')
    .selectAll()
    .where('orgId', '=', orgId)
    .orderBy('createdAt')
    .orderBy('id')
    .execute();
  return rows.map(accessorOf);
}

function accessorOf(row: AccessorRow): Accessor {
  return { ...row, constraints: JSON.parse(row.constraints) };
}
