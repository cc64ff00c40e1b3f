import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CamelCasePlugin, Kysely } from 'kysely';
import { StorageError } from '../../core/ports/storage.ts';
import { migrate } from '../migrations/migrate.ts';
import type { Backend } from '../sql/handle.ts';
import type { Tables } from '../sql/tables.ts';
import { sqliteDialect } from './dialect.ts';
import { refuseNetworkFileSystem } from './network-file-system.ts';
import { patiently } from './patience.ts';

/**
 * Opens the database file, creating it (mode 0600) and its directory (0700) when absent, and brings its schema up to
 * date. Two connections: one writes, the other one only reads, so that look-ups never wait for a transaction.
 *
 * Every commit is on the disk when it is acknowledged (write-ahead log, `synchronous = full`).
 */
export async function openSqlite(path: string): Promise<Backend> {
  await createPrivately(path);
  return openDatabase(path, 'full');
}

/** A private database for tests, in a temporary directory that goes away when it is closed; it survives no power cut. */
export async function openTemporarySqlite(): Promise<Backend> {
  const directory = await mkdtemp(join(tmpdir(), 'pkgauth-'));
  const backend = await openDatabase(join(directory, 'pkgauth.sqlite'), 'off');
  return {
    ...backend,
    close: async () => {
      await backend.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function createPrivately(path: string): Promise<void> {
  const directory = dirname(path);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await refuseNetworkFileSystem(directory, process.platform);
    await (await open(path, 'a', 0o600)).close();
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw new StorageError('unavailable', `the database file ${path} cannot be created`, { cause: error });
  }
}

async function openDatabase(path: string, synchronous: 'full' | 'off'): Promise<Backend> {
  // `timeout: 0`: waiting is done by `patiently`, without holding up the process.
  const options = { timeout: 0, enableForeignKeyConstraints: true };
  const writing = await patiently(() => new DatabaseSync(path, options));
  const writer = kysely(writing);
  try {
    await patiently(() => writing.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}`));
    await migrate({ kind: 'sqlite', alone: (work) => writer.transaction().execute(work) });
  } catch (error) {
    await writer.destroy();
    throw error;
  }
  const reader = kysely(await patiently(() => new DatabaseSync(path, { ...options, readOnly: true })));
  return {
    reader,
    writer,
    transaction: (_isolation, work) => writer.transaction().execute(work),
    close: async () => {
      // The writer last: the last one to leave tidies up the log, which a reader cannot.
      await reader.destroy();
      await writer.destroy();
    },
  };
}

function kysely(database: DatabaseSync): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: sqliteDialect(database), plugins: [new CamelCasePlugin()] });
}
