/**
 * The database behind the storage port. This folder owns everything SQL: `sql/` has the statements, one file per
 * aggregate and common to all databases; `sqlite/` and `postgres/` have what differs, which is how to connect, how
 * transactions run and what errors mean; `migrations/` has the schema. It knows `core/model.ts` and
 * `core/ports/storage.ts` and nothing else of the service: no HTTP, no clock, no rules about who may do what.
 *
 * To add a database: a folder that opens a `Backend` (`sql/handle.ts`), its data definition in
 * `migrations/dialect.ts`, a line in `address.ts` and one below, and a test that runs the storage contract on it.
 */
import type { Storage } from '../core/ports/storage.ts';
import { type Address, parseAddress } from './address.ts';
import { openPostgres } from './postgres/open.ts';
import type { Backend } from './sql/handle.ts';
import { createStorage } from './sql/storage.ts';
import { openSqlite, openTemporarySqlite } from './sqlite/open.ts';

export type * from '../core/model.ts';
export * from '../core/ports/storage.ts';

/**
 * Opens the database at `url` and brings its schema up to date; safe when several processes do so at once.
 *
 * - `sqlite:///absolute/path` (percent-encoded): a file, created when absent.
 * - `sqlite::memory:`: a private database that ends with `close()`, for tests.
 * - `postgres://user:password@host:port/database`: also `postgresql://`; `sslmode` and the like as of libpq.
 *
 * Throws `StorageError`: `unsupported`, `too-new` or `unavailable`.
 */
export async function openStorage(url: string): Promise<Storage> {
  return createStorage(await openBackend(parseAddress(url)));
}

function openBackend(address: Address): Promise<Backend> {
  switch (address.kind) {
    case 'sqlite':
      return openSqlite(address.path);
    case 'sqlite-temporary':
      return openTemporarySqlite();
    case 'postgres':
      return openPostgres(address.url);
  }
}
