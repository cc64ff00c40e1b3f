import type { IndividualToken, SiteToken } from '../../core/model.ts';
import type { OrganizationTokenStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { lockOrganization } from './organization-row.ts';
import { changedRows, insertNew, notFound, preparedLookup } from './statements.ts';

const findIndividual = preparedLookup<IndividualToken>((db, hash) =>
  db.selectFrom('individualTokens').selectAll().where('secretHash', '=', hash),
);
const findSite = preparedLookup<SiteToken>((db, hash) =>
  db.selectFrom('siteTokens').selectAll().where('secretHash', '=', hash),
);

export function organizationTokenStorage(handle: Handle): OrganizationTokenStorage {
  return {
    reissueIndividual: (token) => handle.atomically((step) => reissueIndividual(step, token)),
    findIndividual: (hash) => findIndividual(handle.read, hash),
    currentIndividual: (orgId, userId) =>
      handle.read
        .selectFrom('individualTokens')
        .selectAll()
        .where('orgId', '=', orgId)
        .where('userId', '=', userId)
        .where('revokedAt', 'is', null)
        .executeTakeFirst(),
    revokeIndividual: async (orgId, userId, at) => (await endIndividual(handle, orgId, userId, at)) === 1,
    insertSite: (token) => insertNew(handle.write.insertInto('siteTokens').values(token), 'that site token'),
    findSite: (hash) => findSite(handle.read, hash),
    listSite: (orgId) =>
      handle.read
        .selectFrom('siteTokens')
        .selectAll()
        .where('orgId', '=', orgId)
        .orderBy('createdAt')
        .orderBy('id')
        .execute(),
    revokeSite: async (id, revokedAt) => {
      const ending = handle.write
        .updateTable('siteTokens')
        .set({ revokedAt })
        .where('id', '=', id)
        .where('revokedAt', 'is', null);
      return (await changedRows(ending)) === 1;
    },
  };
}

async function reissueIndividual(step: Handle, token: IndividualToken): Promise<void> {
  if (!(await lockOrganization(step, token.orgId))) throw notFound('organization');
  await endIndividual(step, token.orgId, token.userId, token.createdAt);
  await insertNew(step.write.insertInto('individualTokens').values(token), 'that individual token');
}

function endIndividual(handle: Handle, orgId: string, userId: string, revokedAt: number): Promise<number> {
  return changedRows(
    handle.write
      .updateTable('individualTokens')
      .set({ revokedAt })
      .where('orgId', '=', orgId)
      .where('userId', '=', userId)
      .where('revokedAt', 'is', null),
  );
}
