import { type Kysely, sql } from 'kysely';
import { StorageError } from '../../core/ports/storage.ts';
import type { Tables } from '../sql/tables.ts';
import { type DatabaseKind, ddl } from './dialect.ts';
import { type Migration, migrations } from './index.ts';

export type Migrating = {
  kind: DatabaseKind;
  /** Runs `work` in one transaction, while no other process is inside such a transaction of its own. */
  alone<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
};

/**
 * Brings the schema up to date. Each migration and the note that it is done are one transaction, so that a kill
 * leaves a version that the next start goes on from.
 *
 * Throws `StorageError('too-new')`, before touching any data, when a newer program wrote the database.
 */
export async function migrate(database: Migrating, steps: readonly Migration[] = migrations): Promise<void> {
  while (!(await database.alone((db) => advance(db, database.kind, steps))));
}

/** Applies the next migration; answers true when there is none left. */
async function advance(
  db: Kysely<Tables>,
  kind: DatabaseKind,
  steps: readonly Migration[],
): Promise<boolean> {
  const { text, integer, end } = ddl[kind];
  await sql`${sql.raw(`create table if not exists schema_version
    (version ${integer} not null primary key, name ${text} not null) ${end}`)}`.execute(db);
  const applied = await sql<{ version: number }>`select max(version) as version from schema_version`.execute(
    db,
  );
  const version = applied.rows[0]?.version ?? 0;
  if (version > steps.length) {
    throw new StorageError(
      'too-new',
      `the database has schema version ${version}, and this program knows none above ${steps.length}: start the newer program that wrote it, or restore the backup from before the upgrade`,
    );
  }
  const next = steps[version];
  if (next === undefined) return true;
  for (const statement of next.statements(ddl[kind])) await sql.raw(statement).execute(db);
  await sql`insert into schema_version (version, name) values (${version + 1}, ${next.name})`.execute(db);
  return version + 1 === steps.length;
}
