import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import { type CustomTypesConfig, Pool, type PoolClient, types } from 'pg';
import { checkParameters } from '../sql/parameters.ts';
import { endsConnection, toStorageError } from './errors.ts';

/** Milliseconds; a client of the service waits no longer than two seconds for a database that is gone. */
const patience = 1900;
const connections = 10;
const int8 = 20;

/** int8 as a number: everything that is stored stays below 2^53. */
const numericTypes: CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === int8 ? Number : types.getTypeParser(oid, format)),
};

/** The pool of a running service. Opens no connection yet. */
export function servicePool(url: string): PostgresPool {
  return translating(
    new Pool({
      ...common(url),
      max: connections,
      // Covers the wait for a free connection too.
      connectionTimeoutMillis: patience,
      statement_timeout: patience,
      // For a server that no longer says anything, not even that it gave up.
      query_timeout: patience + 50,
      idle_in_transaction_session_timeout: 10_000,
    }),
  );
}

/** One connection for migrations, which may take long, and wait for those of another process. */
export function migrationPool(url: string): PostgresPool {
  return translating(
    new Pool({ ...common(url), max: 1, connectionTimeoutMillis: patience, lock_timeout: 120_000 }),
  );
}

function common(url: string) {
  return { connectionString: url, application_name: 'pkgauth', keepAlive: true, types: numericTypes };
}

function translating(pool: Pool): PostgresPool {
  // The pool replaces an idle connection that breaks; without a listener the event would end the process.
  pool.on('error', () => {});
  return {
    options: pool.options,
    connect: async () => {
      try {
        return translatingClient(await pool.connect());
      } catch (error) {
        throw toStorageError(error);
      }
    },
    end: () => pool.end(),
  };
}

/** One check-out of a connection: translates errors, and gives a broken connection back as broken. */
function translatingClient(client: PoolClient): PostgresPoolClient {
  let lost: { error: unknown } | undefined;
  /** What broke the transaction that is open; PostgreSQL would answer its commit with a silent rollback. */
  let failure: { error: unknown } | undefined;
  // Arrives between queries when the server goes away; the next query then fails by itself.
  const ignore = () => {};
  client.on('error', ignore);

  async function query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    if (lost) {
      if (sql === 'rollback') return { command: 'ROLLBACK', rowCount: 0, rows: [] };
      throw lost.error;
    }
    if (sql === 'commit' && failure) throw failure.error;
    if (sql === 'rollback' || sql.startsWith('start transaction')) failure = undefined;
    checkParameters(parameters);
    try {
      return (await client.query(sql, [...parameters])) as unknown as PostgresQueryResult<Row>;
    } catch (error) {
      const translated = toStorageError(error);
      failure ??= { error: translated };
      if (endsConnection(error)) lost = { error: translated };
      throw translated;
    }
  }

  return {
    query: query as PostgresPoolClient['query'],
    release: (destroy) => {
      client.off('error', ignore);
      client.release(destroy === true || lost !== undefined);
    },
  };
}
