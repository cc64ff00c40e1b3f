import type { Handle } from './handle.ts';
import { changedRows } from './statements.ts';

/** All columns but the lock. */
export const organizationColumns = [
  'organizations.id',
  'organizations.slug',
  'organizations.title',
  'organizations.createdAt',
  'organizations.suspendedAt',
] as const;

/**
 * Takes the organization for the rest of the step: a second step that does the same waits for the first one, or fails
 * to serialize. A real change, because a mere row lock does not make a serializable transaction notice the other one.
 * Answers false when there is no such organization.
 */
export async function lockOrganization(handle: Handle, orgId: string): Promise<boolean> {
  const update = handle.write
    .updateTable('organizations')
    .set((row) => ({ revision: row('revision', '+', 1) }))
    .where('id', '=', orgId);
  return (await changedRows(update)) === 1;
}
