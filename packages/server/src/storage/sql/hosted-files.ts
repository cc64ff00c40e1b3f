import type { HostedFileStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { changeExisting, insertNew } from './statements.ts';

export function hostedFileStorage(handle: Handle): HostedFileStorage {
  return {
    insert: (file) => insertNew(handle.write.insertInto('hostedFiles').values(file), 'a file of that name'),
    get: (registryId, filename) =>
      handle.read
        .selectFrom('hostedFiles')
        .selectAll()
        .where('registryId', '=', registryId)
        .where('filename', '=', filename)
        .executeTakeFirst(),
    listOfProject: (registryId, project) =>
      handle.read
        .selectFrom('hostedFiles')
        .selectAll()
        .where('registryId', '=', registryId)
        .where('project', '=', project)
        .orderBy('uploadedAt')
        .orderBy('filename')
        .execute(),
    listProjects: async (registryId) => {
      const rows = await handle.read
        .selectFrom('hostedFiles')
        .select('project')
        .distinct()
        .where('registryId', '=', registryId)
        .orderBy('project')
        .execute();
      return rows.map((row) => row.project);
    },
    setYanked: (registryId, filename, reason) =>
      changeExisting(
        handle.write
          .updateTable('hostedFiles')
          .set({ yanked: reason })
          .where('registryId', '=', registryId)
          .where('filename', '=', filename),
        'file',
      ),
  };
}
