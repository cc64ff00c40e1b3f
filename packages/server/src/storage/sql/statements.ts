import type {
  CompiledQuery,
  DeleteResult,
  InsertQueryBuilder,
  InsertResult,
  Kysely,
  UpdateResult,
} from 'kysely';
import { StorageError } from '../../core/ports/storage.ts';
import type { Tables } from './tables.ts';

type Insertion<Table extends keyof Tables> = InsertQueryBuilder<Tables, Table, InsertResult>;

/** Inserts, and answers false when any unique key exists already: without an SQL error, which ends a transaction on PostgreSQL. */
export async function insertUnlessPresent<Table extends keyof Tables>(
  query: Insertion<Table>,
): Promise<boolean> {
  const result = await query.onConflict((conflict) => conflict.doNothing()).executeTakeFirstOrThrow();
  return result.numInsertedOrUpdatedRows === 1n;
}

/** Inserts, or throws `conflict`. `what` completes "… exists already". */
export async function insertNew<Table extends keyof Tables>(
  query: Insertion<Table>,
  what: string,
): Promise<void> {
  if (!(await insertUnlessPresent(query))) throw new StorageError('conflict', `${what} exists already`);
}

type Change = { executeTakeFirst(): Promise<UpdateResult | DeleteResult | undefined> };

/** Executes an update or deletion; answers how many rows it met. */
export async function changedRows(query: Change): Promise<number> {
  const result = await query.executeTakeFirst();
  if (result === undefined) return 0;
  return Number('numUpdatedRows' in result ? result.numUpdatedRows : result.numDeletedRows);
}

/** Executes an update that must meet a row. `what` completes "there is no such …". */
export async function changeExisting(query: Change, what: string): Promise<void> {
  if ((await changedRows(query)) === 0) throw notFound(what);
}

export function notFound(what: string): StorageError {
  return new StorageError('not-found', `there is no such ${what}`);
}

/**
 * A look-up by one value that is compiled once per connection pool: for what every request asks.
 * `build` MUST use the value exactly once and depend on it in no other way.
 */
export function preparedLookup<Row, Value extends string | number = string>(
  build: (db: Kysely<Tables>, value: Value) => { compile(): CompiledQuery<Row> },
): (db: Kysely<Tables>, value: Value) => Promise<Row | undefined> {
  const compiled = new WeakMap<Kysely<Tables>, CompiledQuery<Row>>();
  return async (db, value) => {
    let query = compiled.get(db);
    if (query === undefined) {
      query = build(db, value).compile();
      compiled.set(db, query);
    }
    const { rows } = await db.executeQuery<Row>({ ...query, parameters: [value] });
    return rows[0];
  };
}
