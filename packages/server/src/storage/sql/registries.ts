import type { Registry, View } from '../../core/model.ts';
import { type RegistryStorage, StorageError } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { lockOrganization } from './organization-row.ts';
import { insertNew, insertUnlessPresent, notFound } from './statements.ts';
import { flag } from './tables.ts';

export function registryStorage(handle: Handle): RegistryStorage {
  return {
    insert: (registry) => handle.atomically((step) => insertRegistry(step, registry)),
    get: (id) => handle.read.selectFrom('registries').selectAll().where('id', '=', id).executeTakeFirst(),
    list: (orgId) =>
      handle.read
        .selectFrom('registries')
        .selectAll()
        .where('orgId', '=', orgId)
        .orderBy('createdAt')
        .orderBy('id')
        .execute(),
    insertView: (view) => handle.atomically((step) => insertView(step, view)),
    listViews: (orgId) => listViews(handle, orgId),
    putGrant: async (grant) => {
      await insertUnlessPresent(handle.write.insertInto('viewGrants').values(grant));
    },
    listGrants: (granteeKind, granteeId) =>
      handle.read
        .selectFrom('viewGrants')
        .selectAll()
        .where('granteeKind', '=', granteeKind)
        .where('granteeId', '=', granteeId)
        .orderBy('orgId')
        .orderBy('viewId')
        .execute(),
  };
}

async function insertRegistry(step: Handle, registry: Registry): Promise<void> {
  await claimName(step, registry.orgId, registry.name);
  await insertNew(step.write.insertInto('registries').values(registry), 'that registry');
}

async function insertView(step: Handle, view: View): Promise<void> {
  await claimName(step, view.orgId, view.name);
  const { registryIds, ...columns } = view;
  const row = { ...columns, public: flag(view.public), isDefault: flag(view.isDefault) };
  await insertNew(step.write.insertInto('views').values(row), 'that view, or a default view,');
  if (registryIds.length === 0) return;
  const parts = registryIds.map((registryId, position) => ({ viewId: view.id, registryId, position }));
  await step.write.insertInto('viewRegistries').values(parts).execute();
}

/** Registries and views of an organization share one name space. */
async function claimName(step: Handle, orgId: string, name: string): Promise<void> {
  if (!(await lockOrganization(step, orgId))) throw notFound('organization');
  for (const table of ['registries', 'views'] as const) {
    const taken = await step.read
      .selectFrom(table)
      .select('id')
      .where('orgId', '=', orgId)
      .where('name', '=', name)
      .executeTakeFirst();
    if (taken !== undefined)
      throw new StorageError('conflict', 'a registry or view of that name exists already');
  }
}

async function listViews(handle: Handle, orgId: string): Promise<View[]> {
  const views = await handle.read
    .selectFrom('views')
    .selectAll()
    .where('orgId', '=', orgId)
    .orderBy('createdAt')
    .orderBy('id')
    .execute();
  const parts = await handle.read
    .selectFrom('viewRegistries')
    .innerJoin('views', 'views.id', 'viewRegistries.viewId')
    .select(['viewRegistries.viewId', 'viewRegistries.registryId'])
    .where('views.orgId', '=', orgId)
    .orderBy('viewRegistries.position')
    .execute();
  return views.map((view) => ({
    ...view,
    public: view.public === 1,
    isDefault: view.isDefault === 1,
    registryIds: parts.filter((part) => part.viewId === view.id).map((part) => part.registryId),
  }));
}
