import { sql } from 'kysely';
import type { Revocation } from '../../core/model.ts';
import type { RevocationStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { preparedLookup } from './statements.ts';

const findEpoch = preparedLookup<{ value: number }, 1>((db, id) =>
  db.selectFrom('revocationEpoch').select('value').where('id', '=', id),
);

export function revocationStorage(handle: Handle): RevocationStorage {
  return {
    add: (revocations) =>
      handle.atomically(async (step) => {
        await bump(step);
        for (const revocation of revocations) await raise(step, revocation);
      }),
    list: (now) =>
      handle.read
        .selectFrom('revocations')
        .selectAll()
        .where('expiresAt', '>', now)
        .orderBy('subject')
        .execute(),
    bump: () => bump(handle),
    epoch: async () => (await findEpoch(handle.read, 1))?.value ?? 0,
  };
}

async function bump(handle: Handle): Promise<void> {
  await handle.write
    .updateTable('revocationEpoch')
    .set((row) => ({ value: row('value', '+', 1) }))
    .execute();
}

async function raise(step: Handle, revocation: Revocation): Promise<void> {
  await step.write
    .insertInto('revocations')
    .values(revocation)
    .onConflict((conflict) =>
      conflict
        .column('subject')
        .doUpdateSet({ notBefore: later('notBefore'), expiresAt: later('expiresAt') }),
    )
    .execute();
}

/** The greater of the stored and the new value; the databases have no common function for it. */
function later(column: 'notBefore' | 'expiresAt') {
  const stored = sql.ref(`revocations.${column}`);
  const added = sql.ref(`excluded.${column}`);
  return sql<number>`case when ${added} > ${stored} then ${added} else ${stored} end`;
}
