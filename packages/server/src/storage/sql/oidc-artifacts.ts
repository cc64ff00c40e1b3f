import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { OidcArtifact } from '../../core/model.ts';
import type { OidcArtifactStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { changedRows } from './statements.ts';
import type { Tables } from './tables.ts';

export function oidcArtifactStorage(handle: Handle): OidcArtifactStorage {
  return {
    put: (artifact) => putArtifact(handle, artifact),
    get: (model, id) => find(handle, model, 'id', id),
    findByUserCode: (model, userCode) => find(handle, model, 'userCode', userCode),
    findByUid: (model, uid) => find(handle, model, 'uid', uid),
    consume: async (model, id, consumedAt) => {
      const consumption = handle.write
        .updateTable('oidcArtifacts')
        .set({ consumedAt })
        .where('model', '=', model)
        .where('id', '=', id)
        .where('consumedAt', 'is', null);
      return (await changedRows(consumption)) === 1;
    },
    delete: async (model, id) => {
      await handle.write
        .deleteFrom('oidcArtifacts')
        .where('model', '=', model)
        .where('id', '=', id)
        .execute();
    },
    deleteOfGrant: (model, grantId) =>
      handle.atomically(async (step) => {
        await step.write
          .deleteFrom('oidcArtifacts')
          .where('model', '=', model)
          .where('grantId', '=', grantId)
          .execute();
      }),
  };
}

async function putArtifact(handle: Handle, artifact: OidcArtifact): Promise<void> {
  const { model, id, ...rest } = artifact;
  const row = { ...rest, payload: JSON.stringify(artifact.payload) };
  await handle.write
    .insertInto('oidcArtifacts')
    .values({ model, id, ...row })
    .onConflict((conflict) =>
      conflict.columns(['model', 'id']).doUpdateSet({
        ...row,
        // A replacement that was prepared before the consumption must not undo it.
        consumedAt: sql<
          number | null
        >`coalesce(${sql.ref('oidcArtifacts.consumedAt')}, ${sql.ref('excluded.consumedAt')})`,
      }),
    )
    .execute();
}

async function find(
  handle: Handle,
  model: string,
  column: 'id' | 'userCode' | 'uid',
  value: string,
): Promise<OidcArtifact | undefined> {
  const row = await handle.read
    .selectFrom('oidcArtifacts')
    .selectAll()
    .where('model', '=', model)
    .where(column, '=', value)
    .executeTakeFirst();
  return row && artifactOf(row);
}

function artifactOf(row: Selectable<Tables['oidcArtifacts']>): OidcArtifact {
  return { ...row, payload: JSON.parse(row.payload) };
}
