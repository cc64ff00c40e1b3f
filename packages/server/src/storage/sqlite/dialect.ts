import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { checkParameters } from '../sql/parameters.ts';
import { createMutex } from './mutex.ts';
import { patiently, translated } from './patience.ts';

/** Prepared statements that a connection keeps; the program has fewer different ones than that. */
const statementLimit = 500;

/** A Kysely dialect over one connection of `node:sqlite`. Its users take turns: a transaction has it alone. */
export function sqliteDialect(database: DatabaseSync): Dialect {
  return {
    createDriver: () => createDriver(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TurnTakingAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** The driver has its own queue, which is first come, first served; Kysely's wakes every waiter each time. */
class TurnTakingAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

function createDriver(database: DatabaseSync): Driver {
  const turn = createMutex();
  let failure: { error: unknown } | undefined;
  const connection = createConnection(database, (error) => {
    failure ??= { error };
  });
  return {
    init: async () => {},
    acquireConnection: async () => {
      await turn.acquire();
      return connection;
    },
    releaseConnection: async () => turn.release(),
    // Immediate: a transaction that began as a reader could not become a writer once another process has written.
    beginTransaction: async () => {
      failure = undefined;
      await patiently(() => database.exec('begin immediate'));
    },
    commitTransaction: async () => {
      // As on PostgreSQL, a transaction in which a statement failed is over, even when nobody took notice.
      if (failure) throw failure.error;
      translated(() => database.exec('commit'));
    },
    rollbackTransaction: async () => {
      // A full or failing disk makes SQLite roll back by itself.
      if (database.isTransaction) translated(() => database.exec('rollback'));
    },
    destroy: async () => {
      await turn.acquire();
      database.close();
    },
  };
}

type Prepared = { statement: StatementSync; answersRows: boolean };

/** `onFailure` hears of each statement that failed inside a transaction. */
function createConnection(database: DatabaseSync, onFailure: (error: unknown) => void): DatabaseConnection {
  const statements = new Map<string, Prepared>();

  function prepare(sql: string): Prepared {
    const known = statements.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    const prepared = { statement, answersRows: statement.columns().length > 0 };
    if (statements.size >= statementLimit) statements.clear();
    statements.set(sql, prepared);
    return prepared;
  }

  function execute<Row>(query: CompiledQuery): QueryResult<Row> {
    const { statement, answersRows } = prepare(query.sql);
    const parameters = query.parameters as SQLInputValue[];
    if (answersRows) return { rows: statement.all(...parameters) as Row[] };
    return { rows: [], numAffectedRows: BigInt(statement.run(...parameters).changes) };
  }

  return {
    executeQuery: async <Row>(query: CompiledQuery) => {
      checkParameters(query.parameters);
      if (!database.isTransaction) return patiently(() => execute<Row>(query));
      try {
        return translated(() => execute<Row>(query));
      } catch (error) {
        onFailure(error);
        throw error;
      }
    },
    streamQuery: () => {
      throw new TypeError('streaming is not supported');
    },
  };
}
