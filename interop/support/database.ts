import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

type Row = Record<string, unknown>;

/** Asks the embedded database of a service that may be running. */
export function queryDatabase(data: string, statement: string, ...values: (string | number)[]): Row[] {
  const database = new DatabaseSync(join(data, 'pkgauth.sqlite'), { readOnly: true, timeout: 10_000 });
  try {
    return database
      .prepare(statement)
      .all(...values)
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}
