import type { Organization } from '../../core/model.ts';
import type { OrganizationStorage, SubscriptionStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { memberStorage } from './members.ts';
import { organizationColumns } from './organization-row.ts';
import { seatStorage } from './seats.ts';
import { changeExisting, insertNew, notFound } from './statements.ts';

export function organizationStorage(handle: Handle): OrganizationStorage {
  const select = () => handle.read.selectFrom('organizations').select(organizationColumns);
  return {
    insert: (organization) =>
      insertNew(
        handle.write.insertInto('organizations').values({ ...organization, revision: 0 }),
        'an organization of that name',
      ),
    get: (id) => select().where('id', '=', id).executeTakeFirst(),
    findBySlug: (slug) => select().where('slug', '=', slug).executeTakeFirst(),
    list: () => select().orderBy('createdAt').orderBy('id').execute(),
    update: (id, change) => updateOrganization(handle, id, change),
    members: memberStorage(handle),
    seats: seatStorage(handle),
    subscriptions: subscriptionStorage(handle),
  };
}

async function updateOrganization(
  handle: Handle,
  id: string,
  change: Partial<Pick<Organization, 'title' | 'suspendedAt'>>,
): Promise<void> {
  if (Object.keys(change).length > 0) {
    return changeExisting(
      handle.write.updateTable('organizations').set(change).where('id', '=', id),
      'organization',
    );
  }
  const present = await handle.read.selectFrom('organizations').select('id').where('id', '=', id).execute();
  if (present.length === 0) throw notFound('organization');
}

function subscriptionStorage(handle: Handle): SubscriptionStorage {
  return {
    put: async (subscription) => {
      const { orgId, ...terms } = subscription;
      await handle.write
        .insertInto('subscriptions')
        .values(subscription)
        .onConflict((conflict) => conflict.column('orgId').doUpdateSet(terms))
        .execute();
    },
    get: (orgId) =>
      handle.read.selectFrom('subscriptions').selectAll().where('orgId', '=', orgId).executeTakeFirst(),
  };
}
