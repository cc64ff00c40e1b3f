import type { PyxLogin } from '../../core/model.ts';
import type { PyxLoginStorage } from '../../core/ports/storage.ts';
import type { Handle } from './handle.ts';
import { changedRows, insertUnlessPresent, notFound, preparedLookup } from './statements.ts';

const findById = preparedLookup<PyxLogin>((db, idHash) =>
  db.selectFrom('pyxLogins').selectAll().where('idHash', '=', idHash),
);

export function pyxLoginStorage(handle: Handle): PyxLoginStorage {
  const change = (idHash: string) => handle.write.updateTable('pyxLogins').where('idHash', '=', idHash);
  return {
    open: (login) => open(handle, login),
    get: (idHash) => findById(handle.read, idHash),
    claim: async (idHash, browserSessionId) => {
      const claim = change(idHash)
        .set({ claimedBy: browserSessionId })
        .where('state', '=', 'pending')
        .where((row) => row.or([row('claimedBy', 'is', null), row('claimedBy', '=', browserSessionId)]));
      return (await changedRows(claim)) === 1;
    },
    settle: async (idHash, browserSessionId, outcome) => {
      const settlement = change(idHash)
        .set(outcome)
        .where('state', '=', 'pending')
        .where('claimedBy', '=', browserSessionId);
      return (await changedRows(settlement)) === 1;
    },
    collect: async (idHash) => {
      const collected = await change(idHash)
        .set({ state: 'collected' })
        .where('state', '=', 'approved')
        .returning('userId')
        .executeTakeFirst();
      return collected && collected.userId !== null ? { userId: collected.userId } : undefined;
    },
    countPending: async (ip, now) => {
      const { pending } = await handle.read
        .selectFrom('pyxLogins')
        .select((row) => row.fn.countAll<number>().as('pending'))
        .where('ip', '=', ip)
        .where('state', '=', 'pending')
        .where('expiresAt', '>', now)
        .executeTakeFirstOrThrow();
      return pending;
    },
  };
}

async function open(handle: Handle, login: PyxLogin): Promise<PyxLogin> {
  if (await insertUnlessPresent(handle.write.insertInto('pyxLogins').values(login))) return login;
  const stored = await findById(handle.read, login.idHash);
  if (stored === undefined) throw notFound('login');
  return stored;
}
