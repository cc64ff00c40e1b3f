import type { Seat } from '../../core/model.ts';
import type { SeatStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { lockOrganization } from './organization-row.ts';
import { changedRows, notFound } from './statements.ts';

export function seatStorage(handle: Handle): SeatStorage {
  return {
    assign: (seat, limit) => handle.atomically((step) => assignSeat(step, seat, limit)),
    release: async (orgId, userId) => {
      const deletion = handle.write
        .deleteFrom('seats')
        .where('orgId', '=', orgId)
        .where('userId', '=', userId);
      return (await changedRows(deletion)) === 1;
    },
    list: (orgId) => listSeats(handle, orgId),
  };
}

async function assignSeat(step: Handle, seat: Seat, limit: number): Promise<'assigned' | 'full'> {
  if (!(await lockOrganization(step, seat.orgId))) throw notFound('organization');
  const seats = await listSeats(step, seat.orgId);
  if (seats.some((taken) => taken.userId === seat.userId)) return 'assigned';
  if (seats.length >= limit) return 'full';
  await step.write.insertInto('seats').values(seat).execute();
  return 'assigned';
}

function listSeats(handle: Handle, orgId: string): Promise<Seat[]> {
  return handle.read
    .selectFrom('seats')
    .selectAll()
    .where('orgId', '=', orgId)
    .orderBy('assignedAt')
    .orderBy('userId')
    .execute();
}
