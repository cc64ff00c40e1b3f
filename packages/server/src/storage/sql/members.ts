import type { Member, User } from '../../core/model.ts';
import type { MemberStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { lockOrganization, organizationColumns } from './organization-row.ts';
import { notFound } from './statements.ts';

export function memberStorage(handle: Handle): MemberStorage {
  return {
    put: (member) => handle.atomically((step) => putMember(step, member)),
    get: (orgId, userId) => findMember(handle, orgId, userId),
    list: (orgId) => listMembers(handle, orgId),
    listOfUser: async (userId) => {
      const rows = await handle.read
        .selectFrom('members')
        .innerJoin('organizations', 'organizations.id', 'members.orgId')
        .select([...organizationColumns, 'members.role'])
        .where('members.userId', '=', userId)
        .orderBy('members.createdAt')
        .orderBy('organizations.id')
        .execute();
      return rows.map(({ role, ...organization }) => ({ organization, role }));
    },
    remove: (orgId, userId) => handle.atomically((step) => removeMember(step, orgId, userId)),
  };
}

async function putMember(step: Handle, member: Member): Promise<'stored' | 'last-owner'> {
  if (!(await lockOrganization(step, member.orgId))) throw notFound('organization');
  if (member.role !== 'owner' && (await isLastOwner(step, member.orgId, member.userId))) return 'last-owner';
  await step.write
    .insertInto('members')
    .values(member)
    .onConflict((conflict) => conflict.columns(['orgId', 'userId']).doUpdateSet({ role: member.role }))
    .execute();
  return 'stored';
}

async function removeMember(
  step: Handle,
  orgId: string,
  userId: string,
): Promise<'removed' | 'missing' | 'last-owner'> {
  if (!(await lockOrganization(step, orgId))) return 'missing';
  if ((await findMember(step, orgId, userId)) === undefined) return 'missing';
  if (await isLastOwner(step, orgId, userId)) return 'last-owner';
  await step.write.deleteFrom('seats').where('orgId', '=', orgId).where('userId', '=', userId).execute();
  await step.write.deleteFrom('members').where('orgId', '=', orgId).where('userId', '=', userId).execute();
  return 'removed';
}

async function isLastOwner(step: Handle, orgId: string, userId: string): Promise<boolean> {
  const owners = await step.read
    .selectFrom('members')
    .select('userId')
    .where('orgId', '=', orgId)
    .where('role', '=', 'owner')
    .limit(2)
    .execute();
  return owners.length === 1 && owners[0]?.userId === userId;
}

function findMember(handle: Handle, orgId: string, userId: string): Promise<Member | undefined> {
  return handle.read
    .selectFrom('members')
    .selectAll()
    .where('orgId', '=', orgId)
    .where('userId', '=', userId)
    .executeTakeFirst();
}

async function listMembers(handle: Handle, orgId: string): Promise<(Member & { user: User })[]> {
  const rows = await handle.read
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.userId')
    .selectAll('users')
    .select(['members.role as memberRole', 'members.createdAt as memberSince'])
    .where('members.orgId', '=', orgId)
    .orderBy('members.createdAt')
    .orderBy('users.id')
    .execute();
  return rows.map(({ memberRole, memberSince, ...user }) => ({
    orgId,
    userId: user.id,
    role: memberRole,
    createdAt: memberSince,
    user,
  }));
}
