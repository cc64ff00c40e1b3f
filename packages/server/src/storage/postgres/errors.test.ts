import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { StorageError } from '../../core/ports/storage.ts';
import { endsConnection, gaveWay, toStorageError } from './errors.ts';

function databaseError(code: string): DatabaseError {
  const error = new DatabaseError('text', 4, 'error');
  error.code = code;
  return error;
}

describe('errors of PostgreSQL in the words of the port', () => {
  it.each([
    ['a unique key', '23505', 'conflict', false],
    ['a foreign key', '23503', 'not-found', false],
    ['a lost connection', '08006', 'unavailable', false],
    ['a wrong password', '28P01', 'unavailable', false],
    ['an absent database', '3D000', 'unavailable', false],
    ['a full disk', '53100', 'unavailable', false],
    ['too many connections', '53300', 'unavailable', false],
    ['a statement that took too long', '57014', 'unavailable', false],
    ['a shutdown', '57P01', 'unavailable', true],
    ['a crash of another session', '57P02', 'unavailable', true],
    ['a server that starts', '57P03', 'unavailable', true],
    ['an I/O error', '58030', 'unavailable', false],
    ['a standby after a fail-over', '25006', 'unavailable', false],
    ['a transaction that idled', '25P03', 'unavailable', true],
    ['a transaction that could not be serialized', '40001', 'unavailable', false],
    ['a deadlock', '40P01', 'unavailable', false],
    ['damaged data', 'XX001', 'unavailable', false],
  ] as const)('%s', (_name, sqlState, code, ends) => {
    const error = databaseError(sqlState);
    expect(toStorageError(error)).toBeInstanceOf(StorageError);
    expect(toStorageError(error)).toMatchObject({ code, cause: error });
    expect(endsConnection(error)).toBe(ends);
  });

  it.each(['42601', '42P01', '23514', '22P02'])(
    '%s, which blames the statement, stays what it is',
    (sqlState) => {
      const error = databaseError(sqlState);
      expect(toStorageError(error)).toBe(error);
      expect(endsConnection(error)).toBe(false);
    },
  );

  it('takes whatever the server did not send for the end of the connection', () => {
    const error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    expect(toStorageError(error)).toMatchObject({ code: 'unavailable', cause: error });
    expect(endsConnection(error)).toBe(true);
  });

  it('knows a transaction that gave way, however it was wrapped, and no other error', () => {
    for (const sqlState of ['40001', '40P01']) {
      const error = toStorageError(databaseError(sqlState));
      expect(gaveWay(error)).toBe(true);
      expect(gaveWay(new Error('outer', { cause: new Error('inner', { cause: error }) }))).toBe(true);
    }
    for (const other of [databaseError('23505'), new Error('x'), undefined, 'x'])
      expect(gaveWay(other)).toBe(false);
  });
});
