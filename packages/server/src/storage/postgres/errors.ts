import { DatabaseError } from 'pg';
import { StorageError } from '../../core/ports/storage.ts';

/** SQLSTATE codes of PostgreSQL, appendix A of its manual. */
const code = {
  unique: '23505',
  foreignKey: '23503',
  serialization: '40001',
  deadlock: '40P01',
  queryCanceled: '57014',
  readOnlyTransaction: '25006',
  lockNotAvailable: '55P03',
  idleInTransaction: '25P03',
} as const;

/** Connection, authorization, catalog, resources, intervention, system and internal errors: none of the statement's making. */
const outageClasses = new Set(['08', '28', '3D', '53', '57', '58', 'XX']);
const outages = new Set<string>([
  code.serialization,
  code.deadlock,
  code.readOnlyTransaction,
  code.lockNotAvailable,
  code.idleInTransaction,
]);

/**
 * An error of `pg` in the words of the port. What the server did not send comes from the connection, which is then of
 * no further use; errors that blame the statement stay as they are.
 */
export function toStorageError(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) {
    return new StorageError('unavailable', 'the database cannot be reached', { cause: error });
  }
  const sqlState = error.code ?? '';
  if (sqlState === code.unique) return new StorageError('conflict', 'that exists already', { cause: error });
  if (sqlState === code.foreignKey) {
    return new StorageError('not-found', 'what this refers to does not exist', { cause: error });
  }
  if (outages.has(sqlState) || outageClasses.has(sqlState.slice(0, 2))) {
    return new StorageError('unavailable', 'the database cannot answer at the moment', { cause: error });
  }
  return error;
}

/** True when the connection is lost, or its session about to end. */
export function endsConnection(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return true;
  const sqlState = error.code ?? '';
  return sqlState === code.idleInTransaction || (sqlState.startsWith('57P') && sqlState !== '57P05');
}

/** True when the database ended this transaction in favour of another one, so that it may be tried again from the start. */
export function gaveWay(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof DatabaseError)
      return cause.code === code.serialization || cause.code === code.deadlock;
  }
  return false;
}
