import { type RawBuilder, sql } from 'kysely';
import type { Handle } from './handle.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** How long rows are kept after they ended, in milliseconds; `docs/storage-schema.md` gives the reasons. */
const retention = {
  /** Ended login sessions: so long a client hears "revoked" or "expired" rather than "unknown". */
  endedLoginSession: 30 * day,
  /** Rotated refresh tokens of a living session: so long the return of an old one gives a theft away. */
  rotatedRefreshToken: 30 * day,
  /** Successors sealed for a repeat; no window for repeats is longer. */
  sealedSuccessor: 5 * minute,
} as const;

type Swept = {
  table: string;
  key: string[];
  /** When a row may go; has an index in every table that grows. */
  over: (now: number) => RawBuilder<unknown>;
};

const before =
  (column: string, kept = 0) =>
  (now: number) =>
    sql`${sql.ref(column)} < ${now - kept}`;

/** While its successor is current and unused, a rotated token may have to be answered again (a lost answer). */
const successorWasUsed = sql`not exists (
  select 1 from refresh_tokens successor
  where successor.hash = refresh_tokens.successor_hash and successor.used_at is null and successor.rotated_at is null)`;

const swept: readonly Swept[] = [
  { table: 'browserSessions', key: ['id'], over: before('expiresAt') },
  { table: 'loginSessions', key: ['id'], over: before('expiresAt', retention.endedLoginSession) },
  { table: 'loginSessions', key: ['id'], over: before('idleExpiresAt', retention.endedLoginSession) },
  { table: 'loginSessions', key: ['id'], over: before('revokedAt', retention.endedLoginSession) },
  {
    table: 'refreshTokens',
    key: ['hash'],
    over: (now) => sql`rotated_at < ${now - retention.rotatedRefreshToken} and ${successorWasUsed}`,
  },
  { table: 'replayKeys', key: ['issuerId', 'keyHash'], over: before('expiresAt') },
  { table: 'pyxLogins', key: ['idHash'], over: before('expiresAt') },
  { table: 'oidcArtifacts', key: ['model', 'id'], over: before('expiresAt') },
  { table: 'signingKeys', key: ['kid'], over: before('retiredAt') },
  { table: 'oneTimeLinks', key: ['secretHash'], over: before('expiresAt') },
  { table: 'revocations', key: ['subject'], over: before('expiresAt') },
];

/** As `Storage.sweep`. Each kind is a step of its own, so that a sweep never holds up others for long. */
export async function sweep(handle: Handle, now: number, limit: number): Promise<number> {
  let total = await handle.atomically((step) => dropSealedSuccessors(step, now, limit));
  for (const kind of swept) total += await handle.atomically((step) => deleteOver(step, kind, now, limit));
  return total;
}

async function deleteOver(
  step: Handle,
  { table, key, over }: Swept,
  now: number,
  limit: number,
): Promise<number> {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  const deleted = await sql`
    delete from ${sql.table(table)} where (${columns}) in
      (select ${columns} from ${sql.table(table)} where ${over(now)} limit ${limit})`.execute(step.write);
  return Number(deleted.numAffectedRows ?? 0);
}

async function dropSealedSuccessors(step: Handle, now: number, limit: number): Promise<number> {
  const dropped = await sql`
    update refresh_tokens set sealed_successor = null where hash in (
      select hash from refresh_tokens
      where sealed_successor is not null and rotated_at < ${now - retention.sealedSuccessor} and ${successorWasUsed}
      limit ${limit})`.execute(step.write);
  return Number(dropped.numAffectedRows ?? 0);
}
