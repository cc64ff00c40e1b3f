import { CamelCasePlugin, Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely';
import { migrate } from '../migrations/migrate.ts';
import type { Backend, Isolation } from '../sql/handle.ts';
import type { Tables } from '../sql/tables.ts';
import { gaveWay } from './errors.ts';
import { migrationPool, servicePool } from './pool.ts';

/** Any constant of our own, for pg_advisory_xact_lock. */
const migrationLock = 0x706b6761;
/** Tries of one transaction; after the first one only single statements can get in its way. */
const tries = 10;

/** Connects, and brings the schema up to date. A server that is gone is noticed within two seconds, then and later. */
export async function openPostgres(url: string): Promise<Backend> {
  await migrateAlone(kysely(migrationPool(url)));
  const db = kysely(servicePool(url));
  return {
    reader: db,
    writer: db,
    transaction: (isolation, work) => runTransaction(db, isolation, work),
    close: () => db.destroy(),
  };
}

async function migrateAlone(db: Kysely<Tables>): Promise<void> {
  try {
    await migrate({
      kind: 'postgres',
      alone: (work) =>
        db.transaction().execute(async (transaction) => {
          await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(transaction);
          return work(transaction);
        }),
    });
  } finally {
    await db.destroy();
  }
}

async function runTransaction<T>(
  db: Kysely<Tables>,
  isolation: Isolation,
  work: (db: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await (isolation === 'step' ? runStep(db, work) : runSerializable(db, work, attempt > 1));
    } catch (error) {
      if (attempt === tries || !gaveWay(error)) throw error;
    }
  }
}

/** Steps begin by changing the row that they decide on (`sql/handle.ts`): that orders them, and each sees the latest. */
function runStep<T>(db: Kysely<Tables>, work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel('read committed').execute(work);
}

/**
 * The first try runs beside others and may have to give way; the next one waits until it is alone, so that it cannot.
 * A table's lock tells them apart because it is the one lock that does not settle yet what the transaction sees.
 */
function runSerializable<T>(
  db: Kysely<Tables>,
  work: (db: Kysely<Tables>) => Promise<T>,
  alone: boolean,
): Promise<T> {
  const mode = alone ? 'exclusive' : 'row share';
  return db
    .transaction()
    .setIsolationLevel('serializable')
    .execute(async (transaction) => {
      await sql.raw(`lock table schema_version in ${mode} mode`).execute(transaction);
      return work(transaction);
    });
}

function kysely(pool: PostgresPool): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] });
}
